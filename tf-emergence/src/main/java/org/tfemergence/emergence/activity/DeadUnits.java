package org.tfemergence.emergence.activity;

/**
 * How many units of a layer have not been active for a while. A unit is what the {@link
 * Granularity} says, the while what the observer was told; one that was always padding is none.
 *
 * @param layer the layer's name
 * @param dead the number of those units, from 0 to n
 * @param units the number of the layer's units, n, at least 0; none if all of it was padding
 */
public record DeadUnits(String layer, long dead, long units) {
  /**
   * Creates the record.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public DeadUnits {
    if (units < 0) {
      throw new IllegalArgumentException(
          "layer '" + layer + "': units must not be negative, got " + units);
    }
    if (dead < 0 || dead > units) {
      throw new IllegalArgumentException(
          "layer '" + layer + "': dead must be in [0, " + units + "], got " + dead);
    }
  }

  /**
   * Returns the share of the layer's units that are dead.
   *
   * @return {@code dead / n}, in [0, 1]; 0 of no units
   */
  public double share() {
    return units == 0 ? 0 : (double) dead / units;
  }

  /**
   * Tells whether no unit of the layer is left.
   *
   * @return whether all are dead, of at least one
   */
  public boolean wholeLayer() {
    return units > 0 && dead == units;
  }
}
