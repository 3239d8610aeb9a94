package org.tfemergence.models.fit;

import java.util.Objects;

/**
 * Where and how often a training is saved.
 *
 * @param checkpoints the folder, opened and closed by who made it
 * @param every how far checkpoints are apart, at least 1; also within an epoch
 */
public record Saving(Checkpoints checkpoints, Extent every) {
  /**
   * Creates the description.
   *
   * @throws IllegalArgumentException if {@code every} is 0
   */
  public Saving {
    Objects.requireNonNull(checkpoints, "checkpoints");
    every.requirePositive("every");
  }
}
