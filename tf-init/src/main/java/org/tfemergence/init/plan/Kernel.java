package org.tfemergence.init.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Longs;

/**
 * A kernel that is to be initialized: its name, its place in the depth of the network, its shape.
 *
 * @param name the variable's name, from which its random stream is derived
 * @param rank the depth of its layer among the layers with kernels, from 1; kernels side by side
 *     share a rank
 * @param shape its dimensions, input and output channels last
 */
public record Kernel(String name, int rank, ImmutableList<Long> shape) {
  /**
   * Creates the description of a kernel.
   *
   * @throws IllegalArgumentException if {@code rank < 1} or the shape has no {@link Fans}
   */
  public Kernel {
    if (rank < 1) {
      throw new IllegalArgumentException(
          "kernel '" + name + "': rank must be at least 1, got " + rank);
    }
    Fans.of(Longs.toArray(shape));
  }

  /**
   * Creates the description of a kernel.
   *
   * @param name the variable's name
   * @param rank the depth of its layer, from 1
   * @param shape its dimensions
   * @return the description
   */
  public static Kernel of(String name, int rank, long... shape) {
    return new Kernel(name, rank, ImmutableList.copyOf(Longs.asList(shape)));
  }

  /**
   * Returns the kernel's fans.
   *
   * @return its fan-in and fan-out
   */
  public Fans fans() {
    return Fans.of(Longs.toArray(shape));
  }
}
