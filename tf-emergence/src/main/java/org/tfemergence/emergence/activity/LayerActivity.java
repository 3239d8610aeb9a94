package org.tfemergence.emergence.activity;

import java.util.Objects;

/**
 * How many units of a layer are active. A unit is what the {@link Granularity} says; one that was
 * padding in all examples is none.
 *
 * @param layer the layer's name
 * @param units the number of its units, n, at least 0; none if all of it was padding
 * @param active the number of active units, a, from 0 to n
 * @param nonFinite the number of units with a NaN or infinite value, from 0 to {@code n - a}
 */
public record LayerActivity(String layer, long units, long active, long nonFinite) {
  /**
   * Creates the record.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public LayerActivity {
    Objects.requireNonNull(layer, "layer");
    if (units < 0) {
      throw new IllegalArgumentException(
          "layer '" + layer + "': units must not be negative, got " + units);
    }
    if (active < 0 || active > units) {
      throw new IllegalArgumentException(
          "layer '" + layer + "': active must be in [0, " + units + "], got " + active);
    }
    if (nonFinite < 0 || nonFinite > units - active) {
      throw new IllegalArgumentException(
          "layer '"
              + layer
              + "': nonFinite must be in [0, "
              + (units - active)
              + "], got "
              + nonFinite);
    }
  }

  /**
   * Returns the number of units that are not active.
   *
   * @return {@code n - a}
   */
  public long inactive() {
    return units - active;
  }

  /**
   * Returns the share of active units.
   *
   * @return {@code a / n}, in [0, 1]; 0 of no units
   */
  public double share() {
    return units == 0 ? 0 : (double) active / units;
  }
}
