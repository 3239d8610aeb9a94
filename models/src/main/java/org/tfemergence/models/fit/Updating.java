package org.tfemergence.models.fit;

import java.util.Objects;
import java.util.OptionalDouble;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.models.optimize.GradientTransform;

/**
 * What is around the optimizer in each update.
 *
 * @param learningRate the learning rate of each update, finite and not negative
 * @param gradients what is done to gradients before the optimizer sees them
 * @param averageDecay if present, moving averages of the weights are kept with this decay, in (0,
 *     1), and evaluated in their place
 */
public record Updating(
    Schedule learningRate, GradientTransform gradients, OptionalDouble averageDecay) {
  /**
   * Creates the description.
   *
   * @throws IllegalArgumentException if the decay is out of its range
   */
  public Updating {
    Objects.requireNonNull(learningRate, "learningRate");
    Objects.requireNonNull(gradients, "gradients");
    averageDecay.ifPresent(
        decay -> {
          if (!(decay > 0 && decay < 1)) {
            throw new IllegalArgumentException("averageDecay must be in (0, 1), got " + decay);
          }
        });
  }
}
