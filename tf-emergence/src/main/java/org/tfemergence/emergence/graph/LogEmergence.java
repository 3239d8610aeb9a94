package org.tfemergence.emergence.graph;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Network;

/** The published emergence as operations of a graph, in logarithms since E itself overflows. */
public final class LogEmergence {
  private LogEmergence() {}

  /**
   * Adds operations that compute log10 E from counts on the device.
   *
   * <pre>{@code
   * ln E = logsumexp_{i,j} ( ln(n_i - a_i) + W_ij + ln a_j )
   * }</pre>
   *
   * with the constant W of {@link LayerEmergence#logPathsBetween}.
   *
   * @param tf where to add them
   * @param network the network, of L layers
   * @param granularity what was counted as one unit
   * @param counts a vector that begins with the L numbers of active units, such as {@link
   *     ActivityProbe#restart()}
   * @return log10 E, a scalar; negative infinity when E is zero
   */
  public static Operand<TFloat64> build(
      Ops tf, Network network, Granularity granularity, Operand<TFloat64> counts) {
    int layers = network.layers().size();
    Ops scope = tf.withSubScope("log_emergence");
    Operand<TFloat64> units =
        scope.constant(network.layers().stream().mapToDouble(granularity::units).toArray());
    Operand<TFloat64> active =
        scope.slice(counts, scope.constant(new int[] {0}), scope.constant(new int[] {layers}));
    Operand<TFloat64> logActive = scope.math.log(active);
    Operand<TFloat64> logInactive = scope.math.log(scope.math.sub(units, active));
    Operand<TFloat64> terms = // [L, L], inactive layer by active layer
        scope.math.add(
            scope.math.add(
                scope.expandDims(logInactive, scope.constant(1)),
                scope.constant(LayerEmergence.logPathsBetween(network, granularity))),
            scope.expandDims(logActive, scope.constant(0)));
    Operand<TFloat64> flat = scope.reshape(terms, scope.constant(new int[] {-1}));
    // Where all terms are minus infinity, a finite shift keeps minus infinity from becoming NaN.
    Operand<TFloat64> shift =
        scope.math.maximum(
            scope.reduceMax(flat, scope.constant(0)), scope.constant(-Double.MAX_VALUE));
    Operand<TFloat64> sum =
        scope.reduceSum(scope.math.exp(scope.math.sub(flat, shift)), scope.constant(0));
    return scope.math.mul(
        scope.math.add(shift, scope.math.log(sum)), scope.constant(1 / Math.log(10)));
  }
}
