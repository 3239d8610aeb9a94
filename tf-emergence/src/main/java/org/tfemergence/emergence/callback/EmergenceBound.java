package org.tfemergence.emergence.callback;

import java.util.Arrays;
import java.util.List;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.report.EmergenceReading;

/**
 * A bound that the emergence of a network, or its change, comes to stay under. Ours; that E falls
 * to zero as accuracy converges, and could say when to stop, is from arXiv 2409.01568.
 *
 * <p>Readings scatter, and what a reading strays by goes on in the next ones, so that a stretch of
 * them under a bound proves little. A bound holds only if it is kept by {@link #MARGIN} times the
 * standard deviation sigma of noise that keeps {@link #KEPT} of itself from reading to reading, by
 * the steps that the readings take:
 *
 * <pre>{@code
 * sigma = sqrt(mean((x_t - x_{t-1})^2) / (2 (1 - KEPT))),   x = log10(1 + E)
 * }</pre>
 *
 * Steps tell of that sigma soon, where the readings' own scatter would not. For independent noise
 * of standard deviation s this is 3.2 s: what scatters much and keeps nothing must lie that much
 * deeper to be believed.
 *
 * <p>How far that goes, in simulated courses of 200 readings with {@link #DEFAULT_PATIENCE}: no
 * course in 3,000 whose level was on the bound itself held it, be its noise independent or one that
 * keeps 0.9 of itself; nor did any whose trend was on the bound of a change. Where noise keeps 0.95
 * of itself, 1 course in 40 on the bound itself does, and 1 in 3,000 a sigma above it. So readings
 * that follow each other closely, as of single training steps, are not what to stop by; one per
 * epoch is, and {@link EmergenceStopping} takes one per result. Nor are bursts covered, which most
 * stretches do not show: where readings leap up at random one time in ten, ten on end without a
 * leap have probability 35%, and twenty 12%.
 *
 * <p>A reading with units that are not finite says nothing of E: no bound holds that looks at one.
 */
public sealed interface EmergenceBound {
  /** By how many standard deviations a bound must be kept. */
  double MARGIN = 4.5;

  /** How much of itself noise is taken to keep from one reading to the next. */
  double KEPT = 0.9;

  /** For how many readings if nothing else is said. */
  int DEFAULT_PATIENCE = 20;

  /** For how many readings at least: fewer steps say too little of sigma. */
  int LEAST_PATIENCE = 10;

  /**
   * E stays under a level: each of the last readings does, and their mean by the margin.
   *
   * @param log10 the decimal logarithm of what E must stay below, finite
   * @param patience for how many readings, at least {@link #LEAST_PATIENCE}
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
      if (readings.size() < patience || anyNotFinite(readings, patience)) {
        return false;
      }
      double bound = plusOne(log10);
      double[] last = values(readings, 0, patience);
      return Arrays.stream(last).allMatch(value -> value < bound)
          && mean(last) + MARGIN * sigma(last) < bound;
    }
  }

  /**
   * E stops changing: between the mean of the last readings and that of as many before them, of
   * {@code log10(1 + E)}, it changes by less than a share, the margin included. A trend that goes
   * on through the noise is a difference of means, and noise that could hide one does not let the
   * bound hold.
   *
   * @param relative the share by which E may change in {@code patience} readings, above 0
   * @param patience the number of readings on either side, at least {@link #LEAST_PATIENCE}
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
      if (readings.size() / 2 < patience || anyNotFinite(readings, 2 * patience)) {
        return false;
      }
      double change =
          mean(values(readings, 0, patience)) - mean(values(readings, patience, patience));
      return Math.abs(change) + MARGIN * sigma(values(readings, 0, 2 * patience))
          < Math.log10(1 + relative);
    }
  }

  /**
   * Returns a bound on E itself, of {@link #DEFAULT_PATIENCE}.
   *
   * @param log10 the decimal logarithm of what E must stay below, finite
   * @return a {@link Level}
   * @throws IllegalArgumentException if the logarithm is not finite
   */
  static EmergenceBound level(double log10) {
    return level(log10, DEFAULT_PATIENCE);
  }

  /**
   * Returns a bound on E itself.
   *
   * @param log10 the decimal logarithm of what E must stay below, finite
   * @param patience for how many readings, at least {@link #LEAST_PATIENCE}
   * @return a {@link Level}
   * @throws IllegalArgumentException if a number is out of its range
   */
  static EmergenceBound level(double log10, int patience) {
    return new Level(log10, patience);
  }

  /**
   * Returns a bound on the change of E, of {@link #DEFAULT_PATIENCE}.
   *
   * @param relative the share by which E may change in so many readings, above 0
   * @return a {@link Change}
   * @throws IllegalArgumentException if the share is out of its range
   */
  static EmergenceBound change(double relative) {
    return change(relative, DEFAULT_PATIENCE);
  }

  /**
   * Returns a bound on the change of E.
   *
   * @param relative the share by which E may change in {@code patience} readings, above 0
   * @param patience the number of readings on either side, at least {@link #LEAST_PATIENCE}
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

  private static boolean anyNotFinite(List<EmergenceReading> readings, int last) {
    for (EmergenceReading reading : readings.subList(readings.size() - last, readings.size())) {
      for (LayerActivity layer : reading.counts().layers()) {
        if (layer.nonFinite() > 0) {
          return true;
        }
      }
    }
    return false;
  }

  private static double[] values(List<EmergenceReading> readings, int fromEnd, int count) {
    int end = readings.size() - fromEnd;
    return readings.subList(end - count, end).stream()
        .mapToDouble(reading -> plusOne(reading.log10()))
        .toArray();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }

  /* Also a bound on the standard deviation of a mean, and of a difference of means side by side. */
  private static double sigma(double[] values) {
    double squares = 0;
    for (int i = 1; i < values.length; i++) {
      double step = values[i] - values[i - 1];
      squares += step * step;
    }
    return Math.sqrt(squares / (values.length - 1) / (2 * (1 - KEPT)));
  }

  private static void requirePatience(int patience) {
    if (patience < LEAST_PATIENCE) {
      throw new IllegalArgumentException(
          "patience must be at least " + LEAST_PATIENCE + ", got " + patience);
    }
  }
}
