package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.tfemergence.emergence.train.MetricGoal;

/**
 * Which checkpoints stay: the last ones, and those best by a metric. Start from {@link #last}.
 *
 * @param last how many of the newest stay, at least 1
 * @param best which of the others stay; empty if none
 */
public record Retention(int last, Optional<Best> best) {
  /**
   * The best ones by a metric; of equal ones the earlier. A checkpoint without the metric, or with
   * NaN, is never among them; nor is one saved between evaluations, or when weights were put in,
   * since the last figures are of other weights: save where the training is evaluated.
   *
   * @param count how many, at least 1
   * @param goal the figure of the result that was told last before the checkpoint
   */
  public record Best(int count, MetricGoal goal) {
    /**
     * Creates a rule.
     *
     * @throws IllegalArgumentException if the count is less than 1
     */
    public Best {
      Objects.requireNonNull(goal, "goal");
      if (count < 1) {
        throw new IllegalArgumentException("best must be at least 1, got " + count);
      }
    }
  }

  /**
   * Creates a rule.
   *
   * @throws IllegalArgumentException if {@code last} is less than 1
   */
  public Retention {
    Objects.requireNonNull(best, "best");
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
   * @param goal by which figure
   * @return the rule
   */
  public Retention andBest(int count, MetricGoal goal) {
    return new Retention(last, Optional.of(new Best(count, goal)));
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
        rule -> bestFirst(checkpoints).stream().limit(rule.count()).forEach(staying::add));
    return staying;
  }

  /**
   * Orders checkpoints.
   *
   * @param checkpoints each one's metrics by its number, from the oldest to the newest
   * @return the numbers of those that have the metric, the best first
   * @throws IllegalStateException if this rule keeps no best ones
   */
  List<Integer> bestFirst(ImmutableMap<Integer, ImmutableMap<String, Double>> checkpoints) {
    Best rule =
        best.orElseThrow(() -> new IllegalStateException("the rule keeps no best checkpoints"));
    return checkpoints.entrySet().stream()
        .filter(entry -> !Double.isNaN(value(entry, rule)))
        .sorted(Comparator.comparingDouble(entry -> -rule.goal().gain(value(entry, rule), 0)))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Refuses metrics among which the one is not by which the best are kept. */
  void requireMetric(ImmutableMap<String, Double> metrics) {
    if (best.isPresent()
        && !metrics.isEmpty()
        && !metrics.containsKey(best.get().goal().metric())) {
      throw new IllegalArgumentException(
          "the best checkpoints are to be kept by metric '"
              + best.get().goal().metric()
              + "', which is not among "
              + metrics.keySet());
    }
  }

  /** Tells whether the best are to be kept, and no checkpoint has the figure by which they are. */
  boolean lacksMetric(Collection<ImmutableMap<String, Double>> checkpoints) {
    return best.isPresent()
        && checkpoints.stream()
            .noneMatch(metrics -> metrics.containsKey(best.get().goal().metric()));
  }

  private static double value(
      Map.Entry<Integer, ImmutableMap<String, Double>> checkpoint, Best rule) {
    return checkpoint.getValue().getOrDefault(rule.goal().metric(), Double.NaN);
  }
}
