package org.tfemergence.init.plan;

import java.util.Objects;

/**
 * How the weights of a network are scaled along its depth: down before the middle, up behind it.
 *
 * <pre>{@code
 * factor = alpha ^ exponent(rank, depth)
 * }</pre>
 *
 * The factor multiplies weights, hence their standard deviation; their variance takes its square.
 * The exponents of the ready profiles sum to zero, so the product of all factors is 1: a network of
 * rectifiers without biases gives the same outputs at initialization whatever alpha is.
 *
 * @param name the form's name, for reports
 * @param alpha the base, finite and positive; 1 changes nothing, more than 1 promotes emergence
 * @param exponents the exponent of each layer
 */
public record DepthProfile(String name, double alpha, Exponents exponents) {
  /** The exponent of a layer by its place in the network. */
  @FunctionalInterface
  public interface Exponents {
    /**
     * Returns a layer's exponent.
     *
     * @param rank the layer's place, from 1 to {@code depth}
     * @param depth the number of layers with kernels
     * @return the exponent of alpha
     */
    double at(int rank, int depth);
  }

  /**
   * Creates a profile.
   *
   * @throws IllegalArgumentException if alpha is not finite and positive
   */
  public DepthProfile {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(exponents, "exponents");
    if (!Double.isFinite(alpha) || alpha <= 0) {
      throw new IllegalArgumentException("alpha must be finite and positive, got " + alpha);
    }
  }

  /**
   * Returns the profile that scales nothing.
   *
   * @return factor 1 everywhere
   */
  public static DepthProfile none() {
    return new DepthProfile("none", 1, (rank, depth) -> 0);
  }

  /**
   * Returns the geometric form (arXiv 2407.19044): exponents grow outward from the middle, {@code
   * -L/2 .. -1, 1 .. L/2} for an even number of layers L; for an odd number the middle layer keeps
   * its weights. Which layer is the middle of an even number the paper leaves open; having none is
   * ours.
   *
   * @param alpha the base, finite and positive
   * @return the profile
   */
  public static DepthProfile geometric(double alpha) {
    return new DepthProfile("geometric", alpha, DepthProfile::outward);
  }

  /**
   * Returns the constant form (known from summaries of arXiv 2407.19044): 1/alpha before the
   * middle, alpha behind it.
   *
   * @param alpha the base, finite and positive
   * @return the profile
   */
  public static DepthProfile constant(double alpha) {
    return new DepthProfile("constant", alpha, (rank, depth) -> Math.signum(outward(rank, depth)));
  }

  /**
   * Returns the exponent of a layer.
   *
   * @param rank the layer's place, from 1 to {@code depth}
   * @param depth the number of layers with kernels
   * @return the exponent of alpha
   * @throws IllegalArgumentException if the rank is not in [1, depth]
   */
  public double exponent(int rank, int depth) {
    if (rank < 1 || rank > depth) {
      throw new IllegalArgumentException("rank must be in [1, " + depth + "], got " + rank);
    }
    return exponents.at(rank, depth);
  }

  /**
   * Returns the factor of a layer's weights.
   *
   * @param rank the layer's place, from 1 to {@code depth}
   * @param depth the number of layers with kernels
   * @return alpha to the power of the layer's exponent, positive
   * @throws IllegalArgumentException if the rank is not in [1, depth], or the factor is beyond
   *     float32
   */
  public double factor(int rank, int depth) {
    double factor = Math.pow(alpha, exponent(rank, depth));
    if (!(factor >= Float.MIN_NORMAL && factor <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "factor of layer "
              + rank
              + " of "
              + depth
              + " must be a normal float32, got "
              + factor
              + " by profile '"
              + this
              + "'");
    }
    return factor;
  }

  private static double outward(int rank, int depth) {
    int half = depth / 2;
    return rank <= half ? rank - half - 1 : Math.max(0, rank - (depth - half));
  }

  @Override
  public String toString() {
    return name.equals("none") ? name : name + ", alpha " + alpha;
  }
}
