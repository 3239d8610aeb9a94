package org.tfemergence.emergence.graph;

import com.google.common.collect.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

/**
 * {@link ExactEmergence} as operations of a graph: one sweep backwards over the real connections of
 * a network, pruned weights missing, at batch size 1 whatever the batch was.
 *
 * <p>In float64; each layer's values are divided by their greatest, whose logarithm is carried
 * along, so that nothing overflows however deep the network is.
 */
public final class ConnectivitySweep {
  private final Ops tf;
  private final Network network;
  private final Passing passing;
  private final Map<String, Operand<TBool>> active;
  private final Table<String, String, Operand<TFloat32>> masks;

  private ConnectivitySweep(
      Ops tf,
      Network network,
      Passing passing,
      Map<String, Operand<TBool>> active,
      Table<String, String, Operand<TFloat32>> masks) {
    this.tf = tf;
    this.network = network;
    this.passing = passing;
    this.active = active;
    this.masks = masks;
  }

  /**
   * Adds operations that compute log10 E.
   *
   * @param tf where to add them
   * @param network the network
   * @param passing which units a path may pass
   * @param active of each layer that counts, which of its units are active, in the layer's shape,
   *     such as {@link ActivityProbe#activeAfterRestart}
   * @param masks by the names of the feeding and the fed layer, ones where a weight of the kernel
   *     between them is there and zeros where it is pruned, such as {@link KernelMasks#build};
   *     kernels without a mask are whole
   * @return log10 E, a scalar; negative infinity when E is zero
   * @throws IllegalArgumentException if a layer that counts has no activity
   */
  public static Operand<TFloat64> build(
      Ops tf,
      Network network,
      Passing passing,
      Map<String, Operand<TBool>> active,
      Table<String, String, Operand<TFloat32>> masks) {
    for (Layer layer : network.layers()) {
      if (!active.containsKey(layer.name())) {
        throw new IllegalArgumentException(
            "no activity of layer '" + layer.name() + "', only of " + active.keySet());
      }
    }
    return new ConnectivitySweep(tf.withSubScope("connectivity"), network, passing, active, masks)
        .log10();
  }

  /** A number of paths per unit, divided by exp(scale). */
  private record Paths(Operand<TFloat64> values, Operand<TFloat64> scale) {}

  private Operand<TFloat64> log10() {
    Map<Layer, Paths> endingAtOrBehind = new HashMap<>();
    List<Operand<TFloat64>> logs = new ArrayList<>();
    for (Layer layer : network.nodes().reverse()) {
      Optional<Paths> behind = behind(layer, endingAtOrBehind);
      if (!layer.counted()) {
        behind.ifPresent(paths -> endingAtOrBehind.put(layer, paths));
        continue;
      }
      Operand<TFloat64> ends =
          tf.dtypes.cast(active.get(layer.name()), TFloat64.class); // 1 where active
      if (behind.isEmpty()) {
        endingAtOrBehind.put(layer, new Paths(ends, tf.constant(0.0)));
        continue;
      }
      Paths paths = behind.get();
      Operand<TFloat64> inactive = tf.math.sub(tf.constant(1.0), ends);
      logs.add(tf.math.add(tf.math.log(sum(tf.math.mul(inactive, paths.values()))), paths.scale()));
      endingAtOrBehind.put(layer, withEnds(paths, ends));
    }
    return logs.isEmpty()
        ? tf.constant(Double.NEGATIVE_INFINITY)
        : tf.math.mul(LogSum.of(tf, tf.stack(logs)), tf.constant(1 / Math.log(10)));
  }

  /* A path may end here, or go on: 1 where active, in the units of the scale. */
  private Paths withEnds(Paths paths, Operand<TFloat64> ends) {
    Operand<TFloat64> one = tf.math.exp(tf.math.neg(paths.scale()));
    Operand<TFloat64> goingOn =
        passing == Passing.ANY_UNIT ? paths.values() : tf.math.mul(ends, paths.values());
    return new Paths(tf.math.add(goingOn, tf.math.mul(ends, one)), paths.scale());
  }

  /* What the units of a layer lead to, over all layers it feeds; empty if it feeds none. */
  private Optional<Paths> behind(Layer layer, Map<Layer, Paths> beyond) {
    List<Paths> parts = new ArrayList<>();
    for (Layer target : network.targets(layer)) {
      Paths paths = beyond.get(target);
      if (paths != null) {
        Optional<Operand<TFloat64>> mask =
            Optional.ofNullable(masks.get(layer.name(), target.name()))
                .map(kernel -> tf.dtypes.cast(kernel, TFloat64.class));
        parts.add(
            new Paths(
                new TransposedWires(tf, layer, target)
                    .walk(network.wiring(layer, target), paths.values(), mask),
                paths.scale()));
      }
    }
    return parts.isEmpty() ? Optional.empty() : Optional.of(rescaled(added(parts)));
  }

  private Paths added(List<Paths> parts) {
    Operand<TFloat64> scale = parts.get(0).scale();
    for (Paths part : parts) {
      scale = tf.math.maximum(scale, part.scale());
    }
    Operand<TFloat64> sum = null;
    for (Paths part : parts) {
      Operand<TFloat64> scaled =
          tf.math.mul(part.values(), tf.math.exp(tf.math.sub(part.scale(), scale)));
      sum = sum == null ? scaled : tf.math.add(sum, scaled);
    }
    return new Paths(sum, scale);
  }

  private Paths rescaled(Paths paths) {
    Operand<TFloat64> greatest = tf.reduceMax(flat(paths.values()), tf.constant(0));
    Operand<TFloat64> divisor =
        tf.select(tf.math.greater(greatest, tf.constant(0.0)), greatest, tf.constant(1.0));
    return new Paths(
        tf.math.div(paths.values(), divisor), tf.math.add(paths.scale(), tf.math.log(divisor)));
  }

  private Operand<TFloat64> sum(Operand<TFloat64> values) {
    return tf.reduceSum(flat(values), tf.constant(0));
  }

  private Operand<TFloat64> flat(Operand<TFloat64> values) {
    return tf.reshape(values, tf.constant(new int[] {-1}));
  }
}
