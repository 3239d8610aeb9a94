package org.tfemergence.emergence.train;

/**
 * Says when a training has gone on for long enough. The loop asks it; it never interrupts one.
 *
 * <p>A loop asks all its rules when an epoch's result was told and the step of {@link Phase#PROBE}
 * behind it is done, and ends before the next update when any of them says so.
 */
@FunctionalInterface
public interface StopRule {
  /**
   * Tells whether to stop. Asked once per epoch, also for epoch 0, the network before training.
   *
   * @param result the epoch's figures
   * @return whether no further update should follow
   * @throws IllegalStateException if the rule is a callback too, and was not attached or not told
   *     of this result
   */
  boolean stop(EpochResult result);

  /**
   * Returns a rule that stops when this one or another does. Both are always asked.
   *
   * @param other the other rule
   * @return the rule
   */
  default StopRule or(StopRule other) {
    return result -> {
      boolean stops = other.stop(result);
      return stop(result) || stops;
    };
  }
}
