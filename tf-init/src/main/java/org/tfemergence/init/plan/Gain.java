package org.tfemergence.init.plan;

/**
 * The factor by which an activation function's layer must be wider initialized, so that signals
 * keep their size. Values as in PyTorch's {@code calculate_gain}.
 *
 * @param value the gain, finite and positive; it multiplies the standard deviation
 */
public record Gain(double value) {
  /**
   * Creates a gain.
   *
   * @throws IllegalArgumentException if the value is not finite and positive
   */
  public Gain {
    if (!Double.isFinite(value) || value <= 0) {
      throw new IllegalArgumentException("gain must be finite and positive, got " + value);
    }
  }

  /**
   * Returns the gain of no activation, and of the sigmoid.
   *
   * @return 1
   */
  public static Gain linear() {
    return new Gain(1);
  }

  /**
   * Returns the gain of the rectifier (He et al., arXiv 1502.01852).
   *
   * @return the square root of 2
   */
  public static Gain relu() {
    return new Gain(Math.sqrt(2));
  }

  /**
   * Returns the gain of the leaky rectifier.
   *
   * @param slope the slope on the negative side
   * @return the square root of 2 / (1 + slope^2)
   */
  public static Gain leakyRelu(double slope) {
    return new Gain(Math.sqrt(2 / (1 + slope * slope)));
  }

  /**
   * Returns the gain of the hyperbolic tangent.
   *
   * @return 5/3
   */
  public static Gain tanh() {
    return new Gain(5.0 / 3);
  }

  /**
   * Returns the gain of SELU.
   *
   * @return 3/4
   */
  public static Gain selu() {
    return new Gain(0.75);
  }
}
