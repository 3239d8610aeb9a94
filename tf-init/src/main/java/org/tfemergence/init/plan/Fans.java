package org.tfemergence.init.plan;

/**
 * The number of inputs and outputs of one unit of a kernel, from which variances are scaled.
 *
 * @param in the fan-in, at least 1
 * @param out the fan-out, at least 1
 */
public record Fans(long in, long out) {
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
   * @throws IllegalArgumentException if there are fewer than two dimensions (a bias has no fans) or
   *     one is less than 1
   */
  public static Fans of(long... shape) {
    if (shape.length < 2) {
      throw new IllegalArgumentException(
          "fans need a kernel of at least two dimensions, got " + shape.length);
    }
    long field = 1;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] < 1) {
        throw new IllegalArgumentException(
            "dimension " + i + " of a kernel must be at least 1, got " + shape[i]);
      }
      if (i < shape.length - 2) {
        field = Math.multiplyExact(field, shape[i]);
      }
    }
    return new Fans(
        Math.multiplyExact(field, shape[shape.length - 2]),
        Math.multiplyExact(field, shape[shape.length - 1]));
  }
}
