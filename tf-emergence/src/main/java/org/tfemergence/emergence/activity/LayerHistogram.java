package org.tfemergence.emergence.activity;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Objects;

/**
 * How the activations of a layer are distributed, over all units and examples of a sample.
 *
 * @param layer the layer's name
 * @param edges the limits of the buckets, ascending, one more than there are buckets; bucket i
 *     holds the values from {@code edges[i]} to below {@code edges[i + 1]}, the last one also its
 *     upper limit. The first is the least value, the last the greatest. Empty if no value is finite
 * @param counts the number of values in each bucket
 * @param nonFinite the number of values that are NaN or infinite, which are in no bucket
 * @param sum the sum of the values, over those examples in which all are finite
 * @param sumOfSquares the sum of their squares, over the same
 */
public record LayerHistogram(
    String layer,
    ImmutableDoubleArray edges,
    ImmutableLongArray counts,
    long nonFinite,
    double sum,
    double sumOfSquares) {
  /**
   * Creates a histogram.
   *
   * @throws IllegalArgumentException if the number of edges does not fit that of the counts
   */
  public LayerHistogram {
    Objects.requireNonNull(layer, "layer");
    int expected = counts.isEmpty() ? 0 : counts.length() + 1;
    if (edges.length() != expected) {
      throw new IllegalArgumentException(
          "layer '" + layer + "': expected " + expected + " edges, got " + edges.length());
    }
  }

  /**
   * Returns the number of finite values.
   *
   * @return the sum of the counts
   */
  public long finite() {
    return counts.stream().sum();
  }
}
