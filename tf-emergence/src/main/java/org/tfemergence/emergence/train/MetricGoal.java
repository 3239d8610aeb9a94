package org.tfemergence.emergence.train;

import java.util.Objects;
import java.util.Optional;

/**
 * A figure of results, and which of its values are better.
 *
 * @param metric the figure's name in {@link EpochResult#metrics}, not blank
 * @param direction which of two values is better
 */
public record MetricGoal(String metric, Direction direction) {
  /** The lowest loss over the validation data. */
  public static final MetricGoal VALIDATION_LOSS = lower("val_loss");

  /** The highest accuracy over the validation data. */
  public static final MetricGoal VALIDATION_ACCURACY = higher("val_accuracy");

  /** Which of two values is better. */
  public enum Direction {
    /** The lower, as of a loss. */
    LOWER,
    /** The higher, as of an accuracy. */
    HIGHER
  }

  /**
   * Creates a goal.
   *
   * @throws IllegalArgumentException if the name is blank
   */
  public MetricGoal {
    Objects.requireNonNull(direction, "direction");
    if (metric.isBlank()) {
      throw new IllegalArgumentException("metric must not be blank");
    }
  }

  /**
   * Returns the goal of a figure that is to fall.
   *
   * @param metric the figure's name, such as {@code val_loss}
   * @return the goal
   * @throws IllegalArgumentException if the name is blank
   */
  public static MetricGoal lower(String metric) {
    return new MetricGoal(metric, Direction.LOWER);
  }

  /**
   * Returns the goal of a figure that is to rise.
   *
   * @param metric the figure's name, such as {@code val_accuracy} or {@code bleu}
   * @return the goal
   * @throws IllegalArgumentException if the name is blank
   */
  public static MetricGoal higher(String metric) {
    return new MetricGoal(metric, Direction.HIGHER);
  }

  /**
   * Returns the figure of a result.
   *
   * @param result the result
   * @return its value; empty only of a result before training, which has no figures of training
   * @throws IllegalArgumentException if a result of training lacks it
   */
  public Optional<Double> in(EpochResult result) {
    Double value = result.metrics().get(metric);
    if (value == null && result.step() > 0) {
      throw new IllegalArgumentException(
          "epoch "
              + result.epoch()
              + " has no '"
              + metric
              + "', only "
              + result.metrics().keySet());
    }
    return Optional.ofNullable(value);
  }

  /**
   * Returns by how much a value is better than another.
   *
   * @param value the value
   * @param than the other
   * @return the difference, above 0 if the value is better; NaN if one of both is
   */
  public double gain(double value, double than) {
    return direction == Direction.LOWER ? than - value : value - than;
  }

  /**
   * Tells whether a value is better than another.
   *
   * @param value the value; NaN is no better than anything
   * @param than the other
   * @return whether it is
   */
  public boolean better(double value, double than) {
    return direction == Direction.LOWER ? value < than : value > than;
  }

  /**
   * Returns the value that any number is better than.
   *
   * @return an infinity
   */
  public double worst() {
    return direction == Direction.LOWER ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
  }

  /**
   * Returns the goal in words.
   *
   * @return such as {@code lower val_loss}
   */
  @Override
  public String toString() {
    return (direction == Direction.LOWER ? "lower " : "higher ") + metric;
  }
}
