package org.tfemergence.emergence.activity;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.Set;

/**
 * How active a network was over a sample of examples: per layer the number of units and of active
 * units. Immutable; {@link ActivityCounter} and the probes of the graph make it.
 *
 * @param layers the layers' activity, in the network's order, at least one
 * @param examples the number of examples sampled, also those of which positions were padding, at
 *     least 1
 * @param granularity what was counted as one unit
 */
public record ActivityCounts(
    ImmutableList<LayerActivity> layers, long examples, Granularity granularity) {
  /**
   * Creates the counts.
   *
   * @throws IllegalArgumentException if there is no layer, a layer stands twice or no example was
   *     sampled
   */
  public ActivityCounts {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("activity must cover at least one layer");
    }
    if (examples < 1) {
      throw new IllegalArgumentException("examples must be at least 1, got " + examples);
    }
    Set<String> names = new HashSet<>();
    for (LayerActivity layer : layers) {
      if (!names.add(layer.layer())) {
        throw new IllegalArgumentException("layer '" + layer.layer() + "' is counted twice");
      }
    }
  }

  /**
   * Creates counts of units.
   *
   * @param layers the layers' activity, in the network's order, at least one
   * @param examples the number of examples sampled, at least 1
   * @throws IllegalArgumentException if there is no layer, a layer stands twice or no example was
   *     sampled
   */
  public ActivityCounts(ImmutableList<LayerActivity> layers, long examples) {
    this(layers, examples, Granularity.UNITS);
  }

  /**
   * Returns the number of units, over all layers, that had a NaN or infinite value.
   *
   * @return the sum over the layers; above zero, something is wrong with the network
   */
  public long nonFinite() {
    return layers.stream().mapToLong(LayerActivity::nonFinite).sum();
  }
}
