package org.tfemergence.emergence.measure;

import java.math.BigInteger;
import java.util.List;

/**
 * The mean of the emergence of several examples, as an exact fraction.
 *
 * @param paths the sum of their E, at least 0
 * @param examples how many they are, at least 1
 */
public record MeanEmergence(BigInteger paths, long examples) {
  /**
   * Creates the mean.
   *
   * @throws IllegalArgumentException if {@code paths} is negative or {@code examples < 1}
   */
  public MeanEmergence {
    if (paths.signum() < 0) {
      throw new IllegalArgumentException("emergence must not be negative, got " + paths);
    }
    if (examples < 1) {
      throw new IllegalArgumentException("examples must be at least 1, got " + examples);
    }
  }

  /**
   * Returns the mean of values.
   *
   * @param examples the emergence of each example, at least one
   * @return their mean
   * @throws IllegalArgumentException if there is none
   */
  public static MeanEmergence of(List<Emergence> examples) {
    return new MeanEmergence(
        examples.stream().map(Emergence::paths).reduce(BigInteger.ZERO, BigInteger::add),
        examples.size());
  }

  /**
   * Returns the decimal logarithm of the mean.
   *
   * @return log10 of it, accurate to a few units in the last place of log10 of the sum; negative
   *     infinity when it is zero
   */
  public double log10() {
    return new Emergence(paths).log10() - Math.log10((double) examples);
  }
}
