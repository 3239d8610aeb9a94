package org.tfemergence.init.initializer;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Longs;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.init.plan.DepthProfile;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.init.plan.Kernel;

/**
 * How all kernels of a network are initialized: a base initializer, scaled along the depth. Every
 * {@link KernelInitializer} is one, without scaling.
 */
public interface InitScheme {
  /**
   * Returns what draws the values before they are scaled.
   *
   * @return the base initializer
   */
  KernelInitializer base();

  /**
   * Returns the factors by which the values are scaled.
   *
   * @return the profile
   */
  DepthProfile profile();

  /**
   * Tells what each kernel of a network gets.
   *
   * @param kernels the network's kernels, at least one
   * @return the table
   */
  default InitPlan plan(List<Kernel> kernels) {
    return InitPlan.of(
        profile(),
        kernels,
        kernel -> base().standardDeviation(Shape.of(Longs.toArray(kernel.shape()))));
  }

  /**
   * Returns the initializers of all kernels of a network.
   *
   * @param kernels the network's kernels, at least one; their greatest rank is its depth
   * @return an initializer by the name of each kernel, in their order
   * @throws IllegalArgumentException if there is no kernel, or two have one name
   */
  default ImmutableMap<String, KernelInitializer> initializers(List<Kernel> kernels) {
    int depth = InitPlan.depth(kernels);
    ImmutableMap.Builder<String, KernelInitializer> initializers = ImmutableMap.builder();
    kernels.forEach(kernel -> initializers.put(kernel.name(), initializer(kernel, depth)));
    return initializers.buildOrThrow();
  }

  /**
   * Returns the initializer of one kernel, with a random stream of its own.
   *
   * @param kernel the kernel
   * @param depth the number of layers with kernels in its network
   * @return the initializer
   * @throws IllegalArgumentException if the kernel's rank is beyond the depth
   */
  default KernelInitializer initializer(Kernel kernel, int depth) {
    return new Scaled(
        base().named(kernel.name()), kernel.gain() * profile().factor(kernel.rank(), depth));
  }
}
