package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Table;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

/**
 * {@link ExactEmergence} as operations of a graph: one sweep backwards over the real connections of
 * a network, pruned weights and padded units missing, at batch size 1 whatever the batch was.
 *
 * <p>In float64, with as many digits for a unit that leads to one path as for one that leads to all
 * of a deep network's.
 */
public final class ConnectivitySweep {
  private final Ops tf;
  private final Network network;
  private final Passing passing;
  private final Map<String, UnitFlags> active;
  private final Table<String, String, Operand<TBool>> masks;
  private final Bands bands;

  private ConnectivitySweep(
      Ops tf,
      Network network,
      Passing passing,
      Map<String, UnitFlags> active,
      Table<String, String, Operand<TBool>> masks) {
    this.tf = tf;
    this.network = network;
    this.passing = passing;
    this.active = active;
    this.masks = masks;
    bands = Bands.upTo(PathBound.log2(network));
  }

  /**
   * Adds operations that compute log10 E.
   *
   * @param tf where to add them; those on a mask go where it is
   * @param network the network
   * @param passing which units a path may pass
   * @param active of each layer that counts, which of its units are active, such as {@link
   *     ActivityProbe#activeAfterRestart}
   * @param masks by the names of the feeding and the fed layer, whether each weight of the kernel
   *     between them is there, such as {@link KernelMasks#build}; kernels without a mask are whole
   * @return log10 E, a scalar; negative infinity when E is zero
   * @throws IllegalArgumentException if a layer that counts has no activity, if flags are not of
   *     their layer's shape, or if a mask is of layers without a kernel between them or of another
   *     shape than that
   */
  public static Operand<TFloat64> build(
      Ops tf,
      Network network,
      Passing passing,
      Map<String, UnitFlags> active,
      Table<String, String, Operand<TBool>> masks) {
    for (Layer layer : network.layers()) {
      if (!active.containsKey(layer.name())) {
        throw new IllegalArgumentException(
            "no activity of layer '" + layer.name() + "', only of " + active.keySet());
      }
      UnitFlags flags = active.get(layer.name());
      requireShape("flags of layer '" + layer.name() + "'", flags.active(), layer.shape());
      flags
          .real()
          .ifPresent(
              real -> requireShape("flags of layer '" + layer.name() + "'", real, layer.shape()));
    }
    masks.cellSet().forEach(mask -> requireEdge(network, mask));
    return new ConnectivitySweep(tf.withSubScope("connectivity"), network, passing, active, masks)
        .log10();
  }

  private Operand<TFloat64> log10() {
    Map<Layer, Operand<TFloat64>> endingAtOrBehind = new HashMap<>(); // each [bands, units]
    List<Operand<TFloat64>> beginning = new ArrayList<>(); // each [bands]
    for (Layer layer : network.nodes().reverse()) {
      Optional<Operand<TFloat64>> behind = behind(layer, endingAtOrBehind);
      if (!layer.counted()) {
        behind.ifPresent(paths -> endingAtOrBehind.put(layer, paths));
        continue;
      }
      UnitFlags flags = active.get(layer.name());
      Operand<TFloat64> ends = ones(flags.active()); // 1 where active
      if (behind.isEmpty()) {
        endingAtOrBehind.put(layer, bands.lowest(tf, ends));
        continue;
      }
      Operand<TFloat64> paths = behind.get();
      if (flags.real().isPresent()) {
        paths = tf.math.mul(paths, ones(flags.real().get()));
      }
      Operand<TFloat64> inactive = tf.math.sub(tf.constant(1.0), ends);
      beginning.add(tf.reduceSum(tf.math.mul(inactive, paths), tf.constant(1)));
      // A path may end here, or go on.
      Operand<TFloat64> goingOn = passing == Passing.ANY_UNIT ? paths : tf.math.mul(ends, paths);
      endingAtOrBehind.put(layer, tf.math.add(goingOn, bands.lowest(tf, ends)));
    }
    return beginning.isEmpty()
        ? tf.constant(Double.NEGATIVE_INFINITY)
        : tf.math.mul(bands.log(tf, tf.math.addN(beginning)), tf.constant(1 / Math.log(10)));
  }

  /* What the units of a layer lead to, over all layers it feeds; empty if it feeds none. */
  private Optional<Operand<TFloat64>> behind(Layer layer, Map<Layer, Operand<TFloat64>> beyond) {
    List<Operand<TFloat64>> parts = new ArrayList<>();
    for (Layer target : network.targets(layer)) {
      if (beyond.containsKey(target)) {
        parts.add(over(layer, target, beyond.get(target)));
      }
    }
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(bands.carried(tf, parts.size() == 1 ? parts.get(0) : tf.math.addN(parts)));
  }

  /*
   * A mask is made float64 where it lies, and only when the sweep has come so far: not the whole
   * network's at once.
   */
  private Operand<TFloat64> over(Layer from, Layer to, Operand<TFloat64> paths) {
    Operand<TBool> mask = masks.get(from.name(), to.name());
    if (mask == null) {
      return new TransposedWires(tf, from, to, bands.count())
          .backward(network.wiring(from, to), paths, Optional.empty());
    }
    Ops beside = Placement.beside(tf, mask);
    Operand<TFloat64> kernel = Float64.of(beside.withControlDependencies(paths), mask);
    return new TransposedWires(beside, from, to, bands.count())
        .backward(network.wiring(from, to), paths, Optional.of(kernel));
  }

  private Operand<TFloat64> ones(Operand<TBool> flags) {
    return tf.reshape(Float64.of(tf, flags), tf.constant(new int[] {-1}));
  }

  private static void requireEdge(
      Network network, Table.Cell<String, String, Operand<TBool>> mask) {
    for (Layer from : network.nodes()) {
      for (Layer to : network.targets(from)) {
        if (from.name().equals(mask.getRowKey()) && to.name().equals(mask.getColumnKey())) {
          network
              .wires(from, to)
              .kernel()
              .ifPresentOrElse(
                  kernel -> requireShape(name(mask), mask.getValue(), kernel),
                  () -> {
                    throw new IllegalArgumentException(
                        name(mask) + ": there is no kernel between them");
                  });
          return;
        }
      }
    }
    throw new IllegalArgumentException(name(mask) + ": the one does not feed the other");
  }

  private static String name(Table.Cell<String, String, Operand<TBool>> mask) {
    return "mask from '" + mask.getRowKey() + "' to '" + mask.getColumnKey() + "'";
  }

  private static void requireShape(
      String what, Operand<TBool> flags, ImmutableList<Long> expected) {
    Shape shape = flags.asOutput().shape();
    if (!shape.isCompatibleWith(Shape.of(Longs.toArray(expected)))) {
      throw new IllegalArgumentException(what + " must be of shape " + expected + ", got " + shape);
    }
  }
}
