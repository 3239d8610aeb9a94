package org.tfemergence.emergence.measure;

import java.math.BigInteger;

/**
 * The emergence E of a network: the number of paths from its inactive to its active units. Held
 * exactly, since the number of paths of a deep network is beyond every floating-point type.
 *
 * @param paths E, at least 0
 */
public record Emergence(BigInteger paths) {
  /**
   * Creates the value.
   *
   * @throws IllegalArgumentException if {@code paths} is negative
   */
  public Emergence {
    if (paths.signum() < 0) {
      throw new IllegalArgumentException("emergence must not be negative, got " + paths);
    }
  }

  /**
   * Returns E as a floating-point number.
   *
   * @return E, correctly rounded; infinite above 1.8e308
   */
  public double value() {
    return paths.doubleValue();
  }

  /**
   * Returns the decimal logarithm of E.
   *
   * @return log10 E, accurate to a few units in the last place at any size; negative infinity when
   *     E is zero
   */
  public double log10() {
    int shift = Math.max(0, paths.bitLength() - 1000);
    return Math.log10(paths.shiftRight(shift).doubleValue()) + shift * Math.log10(2);
  }

  /**
   * Returns the decimal logarithm of the relative emergence E~, which the pruning paper (arXiv
   * 2409.01568) defines as E per parameter.
   *
   * @param parameters the number of trainable parameters that are not masked, at least 1: of a
   *     pruned network less than {@code Network.parameters}; {@code SparsityReport.remaining} and
   *     {@code PruningCallback.remainingParameters} of tf-prune tell it
   * @return log10 (E / parameters); negative infinity when E is zero
   * @throws IllegalArgumentException if {@code parameters < 1}
   */
  public double log10Relative(long parameters) {
    if (parameters < 1) {
      throw new IllegalArgumentException("parameters must be at least 1, got " + parameters);
    }
    return log10() - Math.log10((double) parameters);
  }
}
