package org.tfemergence.init.plan;

import java.util.Arrays;

/**
 * The number of inputs and outputs of one unit of a kernel, from which variances are scaled.
 *
 * @param in the fan-in, at least 1
 * @param out the fan-out, at least 1
 */
public record Fans(long in, long out) {
  /* TensorFlow counts bytes in 63 bits, and ends the process where it cannot. */
  private static final long MOST = Long.MAX_VALUE / Float.BYTES;

  /**
   * Returns the fans of a kernel. The last two dimensions are input and output channels, those
   * before them the receptive field, as TensorFlow lays kernels out: {@code [in, out]} dense,
   * {@code [height, width, in, out]} convolution.
   *
   * <pre>{@code
   * in = receptive field * input channels,  out = receptive field * output channels
   * }</pre>
   *
   * @param shape the kernel's dimensions, at least two, each at least 1
   * @return the fans
   * @throws IllegalArgumentException if there are fewer than two dimensions (a bias has no fans),
   *     one is less than 1, or there are 2^61 values or more
   */
  public static Fans of(long... shape) {
    if (shape.length < 2) {
      throw new IllegalArgumentException(
          "fans need a kernel of at least two dimensions, got " + shape.length);
    }
    long size = 1;
    long field = 1;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] < 1) {
        throw new IllegalArgumentException(
            "dimension " + i + " of a kernel must be at least 1, got " + shape[i]);
      }
      if (size > MOST / shape[i]) {
        throw new IllegalArgumentException(
            "a kernel must have less than 2^61 values, got " + Arrays.toString(shape));
      }
      size *= shape[i];
      if (i < shape.length - 2) {
        field = size;
      }
    }
    return new Fans(field * shape[shape.length - 2], field * shape[shape.length - 1]);
  }
}
