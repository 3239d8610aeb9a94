package org.tfemergence.emergence.activity;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * How active a network was over a sample of examples: per layer the number of units and of active
 * units. Immutable; {@link ActivityCounter} and the probes of the graph make it.
 *
 * <p>Where each example had verdicts of its own, by an {@link ExampleRule}, units and active units
 * are pairs of a unit and an example: without padding, n times the number of examples of them.
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
    Objects.requireNonNull(granularity, "granularity");
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("activity must cover at least one layer");
    }
    requireExamples(examples);
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
   * Adds up the counts of examples that had verdicts of their own.
   *
   * @param examples counts of the same layers in the same order, at least one
   * @return the counts of pairs of a unit and an example
   * @throws IllegalArgumentException if there is none, or two are of different layers
   */
  public static ActivityCounts ofExamples(List<ActivityCounts> examples) {
    requireExamples(examples.size());
    List<String> names = examples.get(0).names();
    long[][] sums = new long[names.size()][3]; // units, active, not finite
    long all = 0;
    for (ActivityCounts example : examples) {
      if (!example.names().equals(names)) {
        throw new IllegalArgumentException(
            "all examples must be of the layers " + names + ", got " + example.names());
      }
      for (int i = 0; i < sums.length; i++) {
        sums[i][0] += example.layers.get(i).units();
        sums[i][1] += example.layers.get(i).active();
        sums[i][2] += example.layers.get(i).nonFinite();
      }
      all += example.examples;
    }
    ImmutableList.Builder<LayerActivity> layers = ImmutableList.builder();
    for (int i = 0; i < sums.length; i++) {
      layers.add(new LayerActivity(names.get(i), sums[i][0], sums[i][1], sums[i][2]));
    }
    return new ActivityCounts(layers.build(), all, examples.get(0).granularity());
  }

  /**
   * Returns the number of units, over all layers, that had a NaN or infinite value.
   *
   * @return the sum over the layers; above zero, something is wrong with the network
   */
  public long nonFinite() {
    return layers.stream().mapToLong(LayerActivity::nonFinite).sum();
  }

  private List<String> names() {
    return layers.stream().map(LayerActivity::layer).toList();
  }

  private static void requireExamples(long examples) {
    if (examples < 1) {
      throw new IllegalArgumentException("examples must be at least 1, got " + examples);
    }
  }
}
