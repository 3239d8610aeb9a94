package org.tfemergence.emergence.train;

/**
 * One run of a training loop on one batch, about to happen or just done.
 *
 * @param phase what it runs for
 * @param number in training the number of this update, from 1; in evaluation the number of updates
 *     done before, from 0
 * @param epoch the epoch it belongs to, from 1; 0 for an evaluation before training
 * @param first whether it is the first of its pass over the data
 * @param last whether it is the last of its pass over the data
 */
public record Step(Phase phase, long number, int epoch, boolean first, boolean last) {
  /**
   * Creates a step.
   *
   * @throws IllegalArgumentException if a number is below its range
   */
  public Step {
    long least = phase == Phase.TRAINING ? 1 : 0;
    if (number < least) {
      throw new IllegalArgumentException(
          "step number must be at least " + least + " in " + phase + ", got " + number);
    }
    if (epoch < least) {
      throw new IllegalArgumentException(
          "epoch must be at least " + least + " in " + phase + ", got " + epoch);
    }
  }
}
