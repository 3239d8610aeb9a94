package org.tfemergence.prune.mask;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** The one rule for how many weights a sparsity keeps. */
public final class Sparsity {
  private static final int PLACES = 12;

  private Sparsity() {}

  /**
   * Returns how many weights are kept.
   *
   * <pre>{@code
   * kept = max(1, roundHalfEven(n * (1 - sparsity)))
   * }</pre>
   *
   * computed in decimal from the sparsity as it is written, so that 15 weights at 0.9 are 1.5,
   * hence 2, and not the 1.4999999999999996 of binary arithmetic. The rule is that of TensorFlow's
   * model optimization toolkit.
   *
   * @param n the number of weights, at least 1
   * @param sparsity the share to mask, in [0, 1)
   * @return the number to keep, from 1 to n
   * @throws IllegalArgumentException if an argument is out of its range
   */
  public static long kept(long n, double sparsity) {
    if (n < 1) {
      throw new IllegalArgumentException("n must be at least 1, got " + n);
    }
    check(sparsity);
    BigDecimal masked = BigDecimal.valueOf(sparsity).setScale(PLACES, RoundingMode.HALF_EVEN);
    BigDecimal exact = BigDecimal.ONE.subtract(masked).multiply(BigDecimal.valueOf(n));
    return Math.max(1, exact.setScale(0, RoundingMode.HALF_EVEN).longValueExact());
  }

  /**
   * Checks that a number is a sparsity.
   *
   * @param sparsity the number
   * @return the number
   * @throws IllegalArgumentException if it is not in [0, 1)
   */
  public static double check(double sparsity) {
    if (!(sparsity >= 0 && sparsity < 1)) {
      throw new IllegalArgumentException("sparsity must be in [0, 1), got " + sparsity);
    }
    return sparsity;
  }
}
