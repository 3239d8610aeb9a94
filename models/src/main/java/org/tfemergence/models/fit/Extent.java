package org.tfemergence.models.fit;

import java.util.Objects;

/**
 * A length of training, or a distance within it.
 *
 * @param amount how many, at least 0
 * @param unit of what
 */
public record Extent(long amount, Unit unit) {
  /** What a length is counted in. */
  public enum Unit {
    /** Passes over the data. */
    EPOCHS,
    /** Updates of the weights. */
    STEPS
  }

  /**
   * Creates a length.
   *
   * @throws IllegalArgumentException if the amount is negative
   */
  public Extent {
    Objects.requireNonNull(unit, "unit");
    if (amount < 0) {
      throw new IllegalArgumentException(
          (unit == Unit.EPOCHS ? "epochs" : "steps") + " must be at least 0, got " + amount);
    }
  }

  /**
   * Returns a number of passes over the data.
   *
   * @param epochs how many, at least 0
   * @return the length
   */
  public static Extent epochs(long epochs) {
    return new Extent(epochs, Unit.EPOCHS);
  }

  /**
   * Returns a number of updates.
   *
   * @param steps how many, at least 0
   * @return the length
   */
  public static Extent steps(long steps) {
    return new Extent(steps, Unit.STEPS);
  }

  /** Refuses a distance of nothing. */
  void requirePositive(String name) {
    if (amount < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, got " + amount);
    }
  }

  /** Tells whether a training that has come to a position is as long as this. */
  boolean reached(Position position) {
    return (unit == Unit.EPOCHS ? position.epoch() : position.step()) >= amount;
  }

  /** Tells whether a position, just come to, is one of those at this distance from each other. */
  boolean divides(Position position) {
    return unit == Unit.EPOCHS
        ? position.batch() == 0 && position.epoch() % amount == 0
        : position.step() % amount == 0;
  }
}
