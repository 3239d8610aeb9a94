package org.tfemergence.emergence.train;

import java.util.Objects;

/**
 * One run of a training loop, on one batch or for the callbacks alone, about to happen or just
 * done.
 *
 * @param phase what it runs for
 * @param number in training the number of this update, from 1; otherwise the number of updates done
 *     before, from 0
 * @param epoch the epoch it belongs to, from 1; 0 before training
 * @param first whether it is the first of its pass over the data; in {@link Phase#PROBE} whether
 *     the update before it was, and true before training
 * @param last whether it is the last of its pass over the data; in {@link Phase#PROBE} whether the
 *     update before it was, so that the epoch is over, and true before training
 * @param epochOver whether no update of the epoch comes behind it: in {@link Phase#EVALUATION}
 *     whether the pass is made at the epoch's end, not within it; otherwise the same as {@code
 *     last}
 */
public record Step(
    Phase phase, long number, int epoch, boolean first, boolean last, boolean epochOver) {
  /**
   * Creates a step.
   *
   * @throws IllegalArgumentException if a number is below its range, or {@code epochOver} is not
   *     {@code last} in a phase without a pass of its own
   */
  public Step {
    Objects.requireNonNull(phase, "phase");
    long least = phase == Phase.TRAINING ? 1 : 0;
    if (number < least) {
      throw new IllegalArgumentException(
          "step number must be at least " + least + " in " + phase + ", got " + number);
    }
    if (epoch < least) {
      throw new IllegalArgumentException(
          "epoch must be at least " + least + " in " + phase + ", got " + epoch);
    }
    if (phase != Phase.EVALUATION && epochOver != last) {
      throw new IllegalArgumentException(
          "epochOver must be as last in " + phase + ", got " + epochOver + " and " + last);
    }
  }

  /**
   * Creates a step, of an evaluation at its epoch's end if it is of one.
   *
   * @param phase what it runs for
   * @param number the number of this update, or of the updates done before
   * @param epoch the epoch it belongs to
   * @param first whether it is the first of its pass over the data
   * @param last whether it is the last of its pass over the data
   */
  public Step(Phase phase, long number, int epoch, boolean first, boolean last) {
    this(phase, number, epoch, first, last, phase == Phase.EVALUATION || last);
  }

  /**
   * Returns the callbacks' own step before the first update.
   *
   * @return a step of {@link Phase#PROBE}
   */
  public static Step beforeTraining() {
    return new Step(Phase.PROBE, 0, 0, true, true);
  }

  /**
   * Returns the callbacks' own step behind this update.
   *
   * @return a step of {@link Phase#PROBE}
   * @throws IllegalStateException if this is no update
   */
  public Step probe() {
    if (phase != Phase.TRAINING) {
      throw new IllegalStateException("only behind an update comes a probe, got " + this);
    }
    return new Step(Phase.PROBE, number, epoch, first, last);
  }

  /**
   * Returns the callbacks' own step at the end of a training.
   *
   * @param number the number of updates done
   * @param epoch the epoch of the last of them, 0 if there was none
   * @return a step of {@link Phase#END}
   * @throws IllegalArgumentException if a number is below 0
   */
  public static Step end(long number, int epoch) {
    return new Step(Phase.END, number, epoch, false, true);
  }
}
