package org.tfemergence.examples.report;

import java.util.Locale;

/** How numbers are written for people. */
final class Numbers {
  private Numbers() {}

  /** A number given by its decimal logarithm, such as 2.4e7; 0 for minus infinity. */
  static String power(double log10) {
    if (log10 == Double.NEGATIVE_INFINITY) {
      return "0";
    }
    double exponent = Math.floor(log10);
    double mantissa = Math.pow(10, log10 - exponent);
    if (mantissa >= 9.95) {
      mantissa = 1;
      exponent++;
    }
    return String.format(Locale.ROOT, "%.1fe%d", mantissa, (long) exponent);
  }

  /** A ratio given by its decimal logarithm, such as 1.83 times. */
  static String times(double log10) {
    return String.format(Locale.ROOT, "%.2f times", Math.pow(10, log10));
  }

  static String percent(double percent) {
    return String.format(Locale.ROOT, "%.1f%%", percent);
  }

  /** A difference of two percentages, with its sign. */
  static String points(double difference) {
    return String.format(Locale.ROOT, "%+.1f points", difference);
  }
}
