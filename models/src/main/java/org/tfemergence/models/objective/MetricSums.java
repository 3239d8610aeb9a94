package org.tfemergence.models.objective;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What an {@link Objective} sums up over the batches of a pass, in float64. Immutable.
 *
 * @param count the number of examples or tokens, at least 0
 * @param sums the sums by name
 */
public record MetricSums(double count, ImmutableMap<String, Double> sums) {
  /** Of no batch. */
  public static final MetricSums NONE = new MetricSums(0, ImmutableMap.of());

  /**
   * Creates sums.
   *
   * @throws IllegalArgumentException if the count is negative or NaN
   */
  public MetricSums {
    Objects.requireNonNull(sums, "sums");
    if (!(count >= 0)) {
      throw new IllegalArgumentException("count must not be negative, got " + count);
    }
  }

  /**
   * Adds sums.
   *
   * @param other sums of the same names, unless one of both is of no batch
   * @return the sums of both, added name by name
   */
  public MetricSums plus(MetricSums other) {
    Map<String, Double> added = new LinkedHashMap<>(sums);
    other.sums.forEach((name, sum) -> added.merge(name, sum, Double::sum));
    return new MetricSums(count + other.count, ImmutableMap.copyOf(added));
  }

  /**
   * Returns the mean of a sum.
   *
   * @param name its name
   * @return the sum divided by the count
   */
  public double mean(String name) {
    return sums.get(name) / count;
  }
}
