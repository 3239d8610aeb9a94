package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableTable;
import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wires;

/**
 * Which connections of a network are there, read from its kernels: a weight of exactly zero is no
 * connection, since a masked weight is set to zero in the variable itself.
 */
public final class KernelMasks {
  private KernelMasks() {}

  /**
   * Adds operations that read the kernels and tell which weights are there, beside each.
   *
   * @param tf where to add them; in a run that updates the weights, what they see is left open
   * @param network the network
   * @param kernels by names of fed layers, the variables of their kernels; a layer that is not
   *     among them has all its connections. Each has the shape that {@link Wires#kernel} says, or
   *     one with the same weights in the same order: axes of the input before those of the output,
   *     where one may be several or stand flattened, axes of 1 before them, or [height, width, in,
   *     multiplier] of a depthwise convolution. {@link Weight#transposed} ones are [out, in]
   * @return whether each weight is there, by the names of the feeding and the fed layer, for {@link
   *     ConnectivitySweep#build}
   * @throws IllegalArgumentException if a kernel's shape is another
   */
  public static ImmutableTable<String, String, Operand<TBool>> build(
      Ops tf, Network network, Map<String, Weight> kernels) {
    Ops scope = tf.withSubScope("kernel_masks");
    ImmutableTable.Builder<String, String, Operand<TBool>> masks = ImmutableTable.builder();
    for (Layer from : network.nodes()) {
      for (Layer to : network.targets(from)) {
        Weight kernel = kernels.get(to.name());
        Optional<ImmutableList<Long>> shape = network.wires(from, to).kernel();
        if (kernel != null && shape.isPresent()) {
          requireSameOrder(kernel, from, to, shape.get());
          masks.put(from.name(), to.name(), mask(scope, kernel, shape.get()));
        }
      }
    }
    return masks.build();
  }

  private static void requireSameOrder(
      Weight kernel, Layer from, Layer to, ImmutableList<Long> expected) {
    ImmutableList<Long> shape = ImmutableList.copyOf(Longs.asList(kernel.shape().asArray()));
    if (kernel.isTransposed()) {
      shape = shape.reverse();
    }
    boolean same =
        expected.size() == 2
            ? splits(shape, expected.get(0), expected.get(1))
            : withoutOnes(shape).equals(withoutOnes(expected))
                || isDepthwise(shape, expected, from);
    if (!same) {
      throw new IllegalArgumentException(
          "kernel of layer '"
              + to.name()
              + "': expected weights "
              + expected
              + " for what '"
              + from.name()
              + "' feeds, got "
              + kernel.shape()
              + (kernel.isTransposed() ? ", transposed" : ""));
    }
  }

  /* Whether the first axes are those of the input, and the rest those of the output. */
  private static boolean splits(List<Long> shape, long in, long out) {
    for (int axis = 0; axis <= shape.size(); axis++) {
      if (product(shape.subList(0, axis)) == in
          && product(shape.subList(axis, shape.size())) == out) {
        return true;
      }
    }
    return false;
  }

  private static List<Long> withoutOnes(List<Long> shape) {
    int first = 0;
    while (first < shape.size() && shape.get(first) == 1) {
      first++;
    }
    return shape.subList(first, shape.size());
  }

  /* [height, width, in, multiplier], in the order of [height, width, 1, in * multiplier]. */
  private static boolean isDepthwise(List<Long> shape, List<Long> expected, Layer from) {
    return shape.size() == 4
        && shape.subList(0, 2).equals(expected.subList(0, 2))
        && expected.get(2) == 1
        && shape.get(2) == from.channels()
        && shape.get(2) * shape.get(3) == expected.get(3);
  }

  private static long product(List<Long> shape) {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  private static Operand<TBool> mask(Ops tf, Weight kernel, ImmutableList<Long> shape) {
    Ops beside = kernel.beside(tf);
    Operand<TFloat32> weights = kernel.read(beside);
    if (kernel.isTransposed()) {
      weights = beside.linalg.transpose(weights, beside.constant(new int[] {1, 0}));
    }
    Operand<TBool> there = beside.math.notEqual(weights, beside.constant(0f));
    return beside.reshape(there, beside.constant(Ints.toArray(shape)));
  }
}
