package org.tfemergence.emergence.report;

import java.util.Objects;
import java.util.Optional;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.measure.Emergence;

/**
 * One measurement of a network in training.
 *
 * @param step the step it was measured in, at least 0: of an evaluation, the number of updates done
 *     before; of training, the number of the update, whose forward pass saw the weights before it
 * @param epoch the epoch, from 1; 0 for the network before training
 * @param counts how many units were active; by an {@code ExampleRule}, how many pairs of a unit and
 *     an example
 * @param emergence E, exactly; absent where only the device knows its logarithm, as over single
 *     connections, and where E is the mean over examples
 * @param log10 log10 E as the device computed it, below infinity; negative infinity when E is zero
 * @param parameters the number of trainable parameters that were not masked, at least 1
 */
public record EmergenceReading(
    long step,
    int epoch,
    ActivityCounts counts,
    Optional<Emergence> emergence,
    double log10,
    long parameters) {
  /* The device and the exact number agree to 1e-12; this is for files that others made. */
  private static final double TOLERANCE = 1e-6;

  /**
   * Creates a reading.
   *
   * @throws IllegalArgumentException if a number is out of its range, or {@code log10} is not that
   *     of {@code emergence}
   */
  public EmergenceReading {
    Objects.requireNonNull(counts, "counts");
    if (step < 0) {
      throw new IllegalArgumentException("step must not be negative, got " + step);
    }
    if (epoch < 0) {
      throw new IllegalArgumentException(
          "epoch must not be negative, got " + epoch + " at step " + step);
    }
    if (!(log10 < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "log10 must be below infinity, got " + log10 + " at step " + step);
    }
    if (emergence.isPresent() && !same(emergence.get().log10(), log10)) {
      throw new IllegalArgumentException(
          "log10 must be that of emergence, "
              + emergence.get().log10()
              + ", got "
              + log10
              + " at step "
              + step);
    }
    if (parameters < 1) {
      throw new IllegalArgumentException("parameters must be at least 1, got " + parameters);
    }
  }

  /**
   * Returns the decimal logarithm of the relative emergence E~ = E / parameters.
   *
   * @return log10 E~; negative infinity when E is zero
   */
  public double log10Relative() {
    return log10 - Math.log10((double) parameters);
  }

  private static boolean same(double exact, double log10) {
    // Two infinities are the same; one is far from any number.
    double scale = 1 + Math.min(Math.abs(exact), Math.abs(log10));
    return exact == log10 || Math.abs(exact - log10) <= TOLERANCE * scale;
  }
}
