package org.tfemergence.emergence.activity;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Booleans;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.tfemergence.emergence.network.Layer;

/**
 * Counts the active units of each example by itself, from activations that are already Java arrays,
 * batch after batch: an {@link ActivityCounter} for each. The reference for the counting on the
 * device.
 *
 * <p>Mutable and not thread-safe; keeps a few numbers per example.
 */
public final class ExampleCounter {
  private final ExampleRule rule;
  private final ImmutableList<Layer> layers;
  private final List<List<Row>> rows = new ArrayList<>();

  /** One layer in one example, and whether any of its positions is real. */
  private record Row(LayerActivity activity, boolean real) {}

  /**
   * Creates an empty counter.
   *
   * @param rule when a unit is active in an example
   * @param layers the layers, at least one, such as {@code network.layers()}
   * @throws IllegalArgumentException if there is no layer
   */
  public ExampleCounter(ExampleRule rule, List<Layer> layers) {
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(layers, "layers");
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a counter must have at least one layer");
    }
    this.rule = rule;
    this.layers = ImmutableList.copyOf(layers);
    layers.forEach(layer -> rows.add(new ArrayList<>()));
  }

  /**
   * Adds a batch of a layer's activations.
   *
   * @param layer the layer's position
   * @param activations the values, [examples, ..., channels] row after row, at least one row
   * @throws IllegalArgumentException if the length is not a positive multiple of the layer's units
   */
  public void add(int layer, float... activations) {
    boolean[] real = new boolean[examples(layer, activations) * positions(layer)];
    Arrays.fill(real, true);
    addMasked(layer, real, activations);
  }

  /**
   * Adds a batch of a layer's activations of which some positions are padding. What stands there is
   * not looked at: a unit is none of an example where its position is not real, a channel none
   * where no position is.
   *
   * @param layer the layer's position
   * @param real which positions are not padding, [examples, ...] without the channels, row-major;
   *     of a layer without positions, which examples are not
   * @param activations the values, [examples, ..., channels] row after row, at least one row
   * @throws IllegalArgumentException if a length does not suit the layer
   */
  public void addMasked(int layer, boolean[] real, float... activations) {
    int examples = examples(layer, activations);
    int positions = positions(layer);
    if (real.length != examples * positions) {
      throw new IllegalArgumentException(
          "layer '"
              + layers.get(layer).name()
              + "': expected a mask of "
              + examples * positions
              + " positions, got "
              + real.length);
    }
    int units = activations.length / examples;
    for (int i = 0; i < examples; i++) {
      boolean[] mask = Arrays.copyOfRange(real, i * positions, (i + 1) * positions);
      ActivityCounter one = ActivityCounter.of(rule.ofOne(), ImmutableList.of(layers.get(layer)));
      one.addMasked(0, mask, Arrays.copyOfRange(activations, i * units, (i + 1) * units));
      rows.get(layer).add(new Row(one.snapshot().layers().get(0), Booleans.contains(mask, true)));
    }
  }

  /**
   * Returns the counts of each example so far, leaving out those that are padding in all layers.
   *
   * @return counts of one example each, in the order in which they were added
   * @throws IllegalStateException if the layers differ in their number of examples
   */
  public ImmutableList<ActivityCounts> examples() {
    for (int i = 1; i < rows.size(); i++) {
      if (rows.get(i).size() != rows.get(0).size()) {
        throw new IllegalStateException(
            "layer '"
                + layers.get(i).name()
                + "' got "
                + rows.get(i).size()
                + " examples, layer '"
                + layers.get(0).name()
                + "' "
                + rows.get(0).size());
      }
    }
    ImmutableList.Builder<ActivityCounts> examples = ImmutableList.builder();
    for (int i = 0; i < rows.get(0).size(); i++) {
      int example = i;
      if (rows.stream().anyMatch(layer -> layer.get(example).real())) {
        examples.add(
            new ActivityCounts(
                rows.stream()
                    .map(layer -> layer.get(example).activity())
                    .collect(ImmutableList.toImmutableList()),
                1,
                rule.granularity()));
      }
    }
    return examples.build();
  }

  /**
   * Returns the counts of all examples so far together, of pairs of a unit and an example.
   *
   * @return the sums of {@link #examples()}
   * @throws IllegalStateException if the layers differ in their number of examples
   * @throws IllegalArgumentException if there is no example
   */
  public ActivityCounts snapshot() {
    return ActivityCounts.ofExamples(examples());
  }

  private int examples(int layer, float... activations) {
    int units = Math.toIntExact(layers.get(layer).units());
    if (activations.length == 0 || activations.length % units != 0) {
      throw new IllegalArgumentException(
          "layer '"
              + layers.get(layer).name()
              + "': expected a positive multiple of "
              + units
              + " activations, got "
              + activations.length);
    }
    return activations.length / units;
  }

  private int positions(int layer) {
    return Math.toIntExact(layers.get(layer).units() / layers.get(layer).channels());
  }
}
