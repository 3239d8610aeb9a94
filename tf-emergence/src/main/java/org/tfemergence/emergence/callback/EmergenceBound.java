package org.tfemergence.emergence.callback;

import java.util.Arrays;
import java.util.List;
import org.tfemergence.emergence.report.EmergenceReading;

/**
 * A bound that the emergence of a network, or its change, comes to stay under. Ours; that E falls
 * to zero as accuracy converges, and could say when to stop, is from arXiv 2409.01568.
 *
 * <p>Readings scatter, so a bound holds only if it does so beyond the scatter of the readings it is
 * held against: where that is too large to tell, it does not. Medians are used throughout, and the
 * median absolute deviation times 1.4826 for the standard deviation sigma, so that single readings
 * that stand out decide nothing. All is computed on {@code log10(1 + E)}, which is finite also for
 * an E of zero.
 */
public sealed interface EmergenceBound {
  /** By how many standard deviations a bound must be kept. */
  double MARGIN = 3;

  /**
   * E stays under a level: all of the last readings do, and so does their median by three sigma,
   * taken over three times as many readings as far as there are.
   *
   * <p>How far that goes, with a patience of 10, in simulated courses of 300 readings: it held in
   * none of 300 around a level on the bound itself with independent noise. Noise that keeps 0.9 of
   * itself from reading to reading strays for longer than any patience: around a level one sigma
   * above the bound it held in 3 of 300, three sigma above in none, on the bound itself in half.
   *
   * @param log10 the decimal logarithm of what E must stay below, finite
   * @param patience for how many readings, at least 3
   */
  record Level(double log10, int patience) implements EmergenceBound {
    /**
     * Creates the bound.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    public Level {
      if (!Double.isFinite(log10)) {
        throw new IllegalArgumentException("log10 of the level must be finite, got " + log10);
      }
      requirePatience(patience);
    }

    @Override
    public boolean holds(List<EmergenceReading> readings) {
      if (readings.size() < patience) {
        return false;
      }
      double bound = plusOne(log10);
      double[] last = values(readings, 0, patience);
      double[] around = values(readings, 0, Math.min(readings.size(), 3 * patience));
      return Arrays.stream(last).allMatch(value -> value < bound)
          && median(last) + MARGIN * sigma(deviations(around)) < bound;
    }
  }

  /**
   * E stops changing: between the median of the last readings and that of as many before them it
   * changes by less than a share, three standard errors of that difference included. A trend that
   * goes on through the noise is a difference of medians, and noise that could hide one does not
   * let the bound hold.
   *
   * @param relative the share by which E may change in {@code patience} readings, above 0
   * @param patience the number of readings on either side, at least 3
   */
  record Change(double relative, int patience) implements EmergenceBound {
    /**
     * Creates the bound.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    public Change {
      if (!(relative > 0 && Double.isFinite(relative))) {
        throw new IllegalArgumentException(
            "relative change must be above 0 and finite, got " + relative);
      }
      requirePatience(patience);
    }

    @Override
    public boolean holds(List<EmergenceReading> readings) {
      if (readings.size() < 2 * patience) {
        return false;
      }
      double[] last = values(readings, 0, patience);
      double[] before = values(readings, patience, patience);
      double[] both = Arrays.copyOf(deviations(last), 2 * patience); // around either's own median
      System.arraycopy(deviations(before), 0, both, patience, patience);
      // The median of n normal values has a standard deviation of 1.2533 sigma / sqrt(n).
      double error = 1.2533 * sigma(both) * Math.sqrt(2.0 / patience);
      return Math.abs(median(last) - median(before)) + MARGIN * error < Math.log10(1 + relative);
    }
  }

  /**
   * Returns a bound on E itself.
   *
   * @param log10 the decimal logarithm of what E must stay below, finite
   * @param patience for how many readings, at least 3
   * @return a {@link Level}
   * @throws IllegalArgumentException if a number is out of its range
   */
  static EmergenceBound level(double log10, int patience) {
    return new Level(log10, patience);
  }

  /**
   * Returns a bound on the change of E.
   *
   * @param relative the share by which E may change in {@code patience} readings, above 0
   * @param patience the number of readings on either side, at least 3
   * @return a {@link Change}
   * @throws IllegalArgumentException if a number is out of its range
   */
  static EmergenceBound change(double relative, int patience) {
    return new Change(relative, patience);
  }

  /**
   * Tells whether E, or its change, has come to stay under the bound.
   *
   * @param readings all readings so far, in the order of the steps
   * @return whether it has; false while there are too few
   */
  boolean holds(List<EmergenceReading> readings);

  private static double plusOne(double log10) {
    // log10(1 + 10^x), without overflow
    return Math.max(log10, 0) + Math.log1p(Math.pow(10, -Math.abs(log10))) / Math.log(10);
  }

  private static double[] values(List<EmergenceReading> readings, int fromEnd, int count) {
    int end = readings.size() - fromEnd;
    return readings.subList(end - count, end).stream()
        .mapToDouble(reading -> plusOne(reading.log10()))
        .toArray();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static double[] deviations(double[] values) {
    double center = median(values);
    return Arrays.stream(values).map(value -> Math.abs(value - center)).toArray();
  }

  private static double sigma(double[] deviations) {
    return 1.4826 * median(deviations);
  }

  private static void requirePatience(int patience) {
    if (patience < 3) {
      throw new IllegalArgumentException("patience must be at least 3, got " + patience);
    }
  }
}
