package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which checkpoints stay: the last ones, and those best by a metric. Start from {@link #last}.
 *
 * @param last how many of the newest stay, at least 1
 * @param best which of the others stay; empty if none
 */
public record Retention(int last, Optional<Best> best) {
  /** What counts as better. */
  public enum Order {
    /** Less is better: a loss. */
    LOWEST,
    /** More is better: an accuracy. */
    HIGHEST
  }

  /**
   * The best ones by a metric; of equal ones the earlier. A checkpoint without the metric, or with
   * NaN, is never among them.
   *
   * @param count how many, at least 1
   * @param metric the metric's name in the result that was told last before the checkpoint
   * @param order what counts as better
   */
  public record Best(int count, String metric, Order order) {
    /**
     * Creates a rule.
     *
     * @throws IllegalArgumentException if the count is less than 1, or the name blank
     */
    public Best {
      if (count < 1) {
        throw new IllegalArgumentException("best must be at least 1, got " + count);
      }
      if (metric.isBlank()) {
        throw new IllegalArgumentException("metric must not be blank");
      }
    }
  }

  /**
   * Creates a rule.
   *
   * @throws IllegalArgumentException if {@code last} is less than 1
   */
  public Retention {
    if (last < 1) {
      throw new IllegalArgumentException("last must be at least 1, got " + last);
    }
  }

  /**
   * Keeps the newest.
   *
   * @param count how many, at least 1
   * @return the rule
   */
  public static Retention last(int count) {
    return new Retention(count, Optional.empty());
  }

  /**
   * Keeps the best as well.
   *
   * @param count how many, at least 1
   * @param metric the metric's name, such as {@code val_accuracy}
   * @param order what counts as better
   * @return the rule
   */
  public Retention andBest(int count, String metric, Order order) {
    return new Retention(last, Optional.of(new Best(count, metric, order)));
  }

  /**
   * Chooses.
   *
   * @param checkpoints each one's metrics by its number, from the oldest to the newest
   * @return the numbers of those that stay
   */
  Set<Integer> staying(ImmutableMap<Integer, ImmutableMap<String, Double>> checkpoints) {
    List<Integer> numbers = checkpoints.keySet().asList();
    Set<Integer> staying =
        new HashSet<>(numbers.subList(Math.max(0, numbers.size() - last), numbers.size()));
    best.ifPresent(
        rule -> {
          double sign = rule.order() == Order.LOWEST ? 1 : -1;
          checkpoints.entrySet().stream()
              .filter(entry -> !Double.isNaN(value(entry, rule)))
              .sorted(Comparator.comparingDouble(entry -> sign * value(entry, rule)))
              .limit(rule.count())
              .forEach(entry -> staying.add(entry.getKey()));
        });
    return staying;
  }

  private static double value(
      Map.Entry<Integer, ImmutableMap<String, Double>> checkpoint, Best rule) {
    return checkpoint.getValue().getOrDefault(rule.metric(), Double.NaN);
  }
}
