package org.tfemergence.init.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Longs;
import java.util.Objects;

/**
 * A kernel that is to be initialized: its name, its place in the depth of the network, its shape.
 *
 * @param name the variable's name, from which its random stream is derived
 * @param rank the depth of its layer among the layers with kernels, from 1; kernels side by side
 *     share a rank
 * @param shape its dimensions, input and output channels last
 * @param gain by which its standard deviation is multiplied besides the scheme's factors, because
 *     of the layer's place in a block; finite and positive
 */
public record Kernel(String name, int rank, ImmutableList<Long> shape, double gain) {
  /**
   * Creates the description of a kernel.
   *
   * @throws IllegalArgumentException if {@code rank < 1}, the shape has no {@link Fans}, or the
   *     gain is not finite and positive
   */
  public Kernel {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(shape, "shape");
    if (rank < 1) {
      throw new IllegalArgumentException(
          "kernel '" + name + "': rank must be at least 1, got " + rank);
    }
    if (!(gain > 0 && Double.isFinite(gain))) {
      throw new IllegalArgumentException(
          "kernel '" + name + "': gain must be finite and positive, got " + gain);
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
    return new Kernel(name, rank, ImmutableList.copyOf(Longs.asList(shape)), 1);
  }

  /**
   * Returns this kernel with another gain.
   *
   * @param other by which its standard deviation is multiplied, finite and positive
   * @return the description
   * @throws IllegalArgumentException if the gain is not finite and positive
   */
  public Kernel withGain(double other) {
    return new Kernel(name, rank, shape, other);
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
