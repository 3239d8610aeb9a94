package org.tfemergence.emergence.graph;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

/**
 * {@link LayerEmergence} as operations of a graph, in logarithms since E itself overflows. A few
 * operations per layer, in float64, on scalars, or on vectors of one number per example.
 */
public final class LogEmergence {
  private final Ops tf;

  private LogEmergence(Ops tf) {
    this.tf = tf;
  }

  /**
   * Adds operations that compute log10 E from counts on the device.
   *
   * @param tf where to add them
   * @param network the network, of L layers
   * @param measure the definition of emergence
   * @param counts those of the network's layers, such as {@link ActivityProbe#restart()}: a vector
   *     that begins with the L numbers of active units and the L numbers of units
   * @return log10 E, a scalar; negative infinity when E is zero
   */
  public static Operand<TFloat64> build(
      Ops tf, Network network, LayerEmergence measure, Readout<ActivityCounts> counts) {
    return tf.math.mul(natural(tf, network, measure, counts), tf.constant(1 / Math.log(10)));
  }

  /**
   * Adds operations that compute ln E, of one activity or of many at once.
   *
   * @param counts as for {@link #build}; or [2 L, examples], for a vector of their ln E
   */
  static Operand<TFloat64> natural(
      Ops tf, Network network, LayerEmergence measure, Operand<TFloat64> counts) {
    return new LogEmergence(tf.withSubScope("log_emergence")).natural(network, measure, counts);
  }

  /*
   * The recurrence of LayerEmergence, in logarithms. With t_j = a_j + p_j s_j, what a path may do on
   * reaching layer j: end there, or pass,
   *   s_i = sum over successors j of t_j,   E = sum_i (n_i - a_i) s_i.
   */
  private Operand<TFloat64> natural(
      Network network, LayerEmergence measure, Operand<TFloat64> counts) {
    int layers = network.layers().size();
    List<Operand<TFloat64>> reaching = new ArrayList<>(); // ln t_j, from the last layer back
    List<Operand<TFloat64>> terms = new ArrayList<>();
    for (int i = layers - 1; i >= 0; i--) {
      Layer layer = network.layers().get(i);
      Operand<TFloat64> active = tf.gather(counts, tf.constant(i), tf.constant(0));
      Operand<TFloat64> units = tf.gather(counts, tf.constant(layers + i), tf.constant(0));
      Operand<TFloat64> inactive = tf.math.sub(units, active);
      List<Operand<TFloat64>> next =
          network.successors(i).stream().map(j -> reaching.get(layers - 1 - j)).toList();
      if (next.isEmpty()) {
        reaching.add(tf.math.log(active));
        continue;
      }
      Operand<TFloat64> behind = logSum(next);
      Operand<TFloat64> passable =
          measure
              .rule()
              .passable(
                  units, tf.math.minimum(units, tf.constant((double) layer.channels())), active);
      reaching.add(
          logSum(List.of(tf.math.log(active), tf.math.add(tf.math.log(passable), behind))));
      terms.add(tf.math.add(tf.math.log(inactive), behind));
    }
    if (terms.isEmpty()) { // of the shape of an activity
      return tf.fill(tf.shape(reaching.get(0)), tf.constant(Double.NEGATIVE_INFINITY));
    }
    return logSum(terms);
  }

  private Operand<TFloat64> logSum(List<Operand<TFloat64>> logs) {
    return logs.size() == 1 ? logs.get(0) : LogSum.of(tf, tf.stack(logs));
  }
}
