package org.tfemergence.emergence.report;

import java.util.Optional;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.measure.Emergence;

/**
 * One measurement of a network in training.
 *
 * @param step the step it was measured in: of an evaluation, the number of updates done before; of
 *     training, the number of the update, whose forward pass saw the weights before it
 * @param epoch the epoch, from 1; 0 for the network before training
 * @param counts how many units were active; by an {@code ExampleRule}, how many pairs of a unit and
 *     an example
 * @param emergence E, exactly; absent where only the device knows its logarithm, as over single
 *     connections, and where E is the mean over examples
 * @param log10 log10 E as the device computed it; negative infinity when E is zero
 * @param parameters the number of trainable parameters that were not masked, at least 1
 */
public record EmergenceReading(
    long step,
    int epoch,
    ActivityCounts counts,
    Optional<Emergence> emergence,
    double log10,
    long parameters) {
  /**
   * Creates a reading.
   *
   * @throws IllegalArgumentException if {@code log10} is NaN or {@code parameters < 1}
   */
  public EmergenceReading {
    if (Double.isNaN(log10)) {
      throw new IllegalArgumentException("log10 must not be NaN at step " + step);
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
}
