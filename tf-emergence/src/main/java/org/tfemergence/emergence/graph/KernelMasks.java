package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableTable;
import com.google.common.primitives.Ints;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;

/**
 * Which connections of a network are there, read from its kernels: a weight of exactly zero is no
 * connection, since a masked weight is set to zero in the variable itself.
 */
public final class KernelMasks {
  private KernelMasks() {}

  /**
   * Adds operations that read the kernels and tell which weights are there.
   *
   * @param tf where to add them; in a run that updates the weights, what they see is left open
   * @param network the network
   * @param kernels by names of fed layers, the variables of their kernels; a layer that is not
   *     among them has all its connections
   * @return ones and zeros by the names of the feeding and the fed layer, for {@link
   *     ConnectivitySweep#build}
   * @throws IllegalArgumentException if a kernel has another number of weights than the wiring
   */
  public static ImmutableTable<String, String, Operand<TFloat32>> build(
      Ops tf, Network network, Map<String, Weight> kernels) {
    Ops scope = tf.withSubScope("kernel_masks");
    ImmutableTable.Builder<String, String, Operand<TFloat32>> masks = ImmutableTable.builder();
    for (Layer from : network.nodes()) {
      for (Layer to : network.targets(from)) {
        Wiring wiring = network.wiring(from, to);
        Weight kernel = kernels.get(to.name());
        if (kernel != null && hasKernel(wiring)) {
          masks.put(from.name(), to.name(), mask(scope, kernel, from, to, shape(from, to, wiring)));
        }
      }
    }
    return masks.build();
  }

  private static boolean hasKernel(Wiring wiring) {
    return wiring instanceof Wiring.Dense
        || wiring instanceof Wiring.PerPosition
        || wiring instanceof Wiring.Convolution;
  }

  /* A depthwise kernel, [height, width, in, multiplier], has its weights in the order of one of
   * [height, width, 1, in * multiplier]. */
  private static List<Long> shape(Layer from, Layer to, Wiring wiring) {
    if (wiring instanceof Wiring.Convolution convolution) {
      return List.of(
          (long) convolution.window().height(),
          (long) convolution.window().width(),
          from.channels() / convolution.groups(),
          to.channels());
    }
    return wiring instanceof Wiring.PerPosition
        ? List.of(from.channels(), to.channels())
        : List.of(from.units(), to.units());
  }

  private static Operand<TFloat32> mask(
      Ops tf, Weight kernel, Layer from, Layer to, List<Long> shape) {
    long weights = shape.stream().reduce(1L, Math::multiplyExact);
    if (kernel.size() != weights) {
      throw new IllegalArgumentException(
          "kernel of layer '"
              + to.name()
              + "': expected "
              + weights
              + " weights "
              + shape
              + " for what '"
              + from.name()
              + "' feeds, got "
              + kernel.shape());
    }
    Ops beside = kernel.beside(tf);
    Operand<TFloat32> there =
        beside.dtypes.cast(
            beside.math.notEqual(kernel.read(beside), beside.constant(0f)), TFloat32.class);
    return beside.reshape(there, beside.constant(Ints.toArray(shape)));
  }
}
