package org.tfemergence.emergence.activity;

/**
 * Tells that many units of a layer, or all, are dead.
 *
 * @param step the number of updates done when it was seen, at least 0
 * @param units the layer, and how many of its units are dead
 */
public record DeadLayerAlarm(long step, DeadUnits units) {
  /**
   * Creates the alarm.
   *
   * @throws IllegalArgumentException if {@code step < 0}
   */
  public DeadLayerAlarm {
    if (step < 0) {
      throw new IllegalArgumentException("step must be at least 0, got " + step);
    }
  }

  /** Returns the alarm in words, such as {@code step 40: 12 of 64 units of layer 'x' are dead}. */
  @Override
  public String toString() {
    String dead = units.wholeLayer() ? "all " : units.dead() + " of ";
    return "step "
        + step
        + ": "
        + dead
        + units.units()
        + " units of layer '"
        + units.layer()
        + "' are dead";
  }
}
