package org.tfemergence.emergence.report;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import java.util.Objects;

/**
 * How often values fell into each of a row of buckets.
 *
 * @param edges the limits of the buckets, not descending and finite, one more than there are
 *     buckets; bucket i holds the values from {@code edges[i]} to below {@code edges[i + 1]}, the
 *     last one also its upper limit. The first is the least value, the last the greatest
 * @param counts the number of values in each bucket, at least one bucket
 * @param sum the sum of the values; NaN where it is not known, as of files of TensorFlow 2
 * @param sumOfSquares the sum of their squares; NaN where it is not known
 */
public record Histogram(
    ImmutableDoubleArray edges, ImmutableLongArray counts, double sum, double sumOfSquares) {
  private static final int BUCKETS = 30; // as many as TensorBoard's own

  /**
   * Creates a histogram, for values that were counted elsewhere.
   *
   * @throws IllegalArgumentException if there is no bucket, the number of edges does not fit, the
   *     edges are not finite or descend, or a count is negative
   */
  public Histogram {
    Objects.requireNonNull(edges, "edges");
    Objects.requireNonNull(counts, "counts");
    if (counts.isEmpty()) {
      throw new IllegalArgumentException("counts must not be empty");
    }
    if (edges.length() != counts.length() + 1) {
      throw new IllegalArgumentException(
          "edges must be one more than the " + counts.length() + " counts, got " + edges.length());
    }
    for (int i = 0; i < edges.length(); i++) {
      if (!Double.isFinite(edges.get(i))) {
        throw new IllegalArgumentException("edges[" + i + "] must be finite, got " + edges.get(i));
      }
      if (i > 0 && edges.get(i) < edges.get(i - 1)) {
        throw new IllegalArgumentException(
            "edges must not descend, got " + edges.get(i) + " after " + edges.get(i - 1));
      }
    }
    for (int i = 0; i < counts.length(); i++) {
      if (counts.get(i) < 0) {
        throw new IllegalArgumentException(
            "counts[" + i + "] must not be negative, got " + counts.get(i));
      }
    }
  }

  /**
   * Counts values in thirty buckets of equal width, or in one bucket when all are equal.
   *
   * @param values the values, at least one, all finite
   * @return their histogram
   * @throws IllegalArgumentException if there is no value, or one that is not finite
   */
  public static Histogram of(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("values must not be empty");
    }
    double sum = 0;
    double sumOfSquares = 0;
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw new IllegalArgumentException("values[" + i + "] must be finite, got " + values[i]);
      }
      sum += values[i];
      sumOfSquares += values[i] * values[i];
    }
    double[] edges =
        edges(Arrays.stream(values).min().getAsDouble(), Arrays.stream(values).max().getAsDouble());
    long[] counts = new long[edges.length - 1];
    for (double value : values) {
      int bucket = 0;
      while (bucket < counts.length - 1 && value >= edges[bucket + 1]) {
        bucket++;
      }
      counts[bucket]++;
    }
    return new Histogram(
        ImmutableDoubleArray.copyOf(edges), ImmutableLongArray.copyOf(counts), sum, sumOfSquares);
  }

  /**
   * Returns the lower limit of the first bucket.
   *
   * @return the least value
   */
  public double min() {
    return edges.get(0);
  }

  /**
   * Returns the upper limit of the last bucket.
   *
   * @return the greatest value
   */
  public double max() {
    return edges.get(edges.length() - 1);
  }

  /**
   * Returns the number of values.
   *
   * @return the sum of the counts
   */
  public long count() {
    return counts.stream().sum();
  }

  /* Weighted means of both ends: their difference may be infinite, and rounding may lead astray. */
  private static double[] edges(double min, double max) {
    if (min == max) {
      return new double[] {min, max};
    }
    double[] edges = new double[BUCKETS + 1];
    edges[0] = min;
    for (int i = 1; i < BUCKETS; i++) {
      double part = (double) i / BUCKETS;
      edges[i] = Math.max(edges[i - 1], Math.min(max, min * (1 - part) + max * part));
    }
    edges[BUCKETS] = max;
    return edges;
  }
}
