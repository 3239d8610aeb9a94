package org.tfemergence.emergence.activity;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;

/**
 * Counts active units from activations that are already Java arrays, batch after batch. The
 * reference for the counting on the device, and the way to measure networks that do not run in
 * TensorFlow.
 *
 * <p>Mutable and not thread-safe; {@link #snapshot()} gives the immutable result.
 */
public final class ActivityCounter {
  private final ActivityRule rule;
  private final ImmutableList<String> layers;
  private final double[][] reduced;
  private final long[] examples;

  /**
   * Creates an empty counter.
   *
   * @param rule when a unit is active
   * @param layers the layers' names
   * @param units the number of units of each layer
   * @throws IllegalArgumentException if the lists differ in length or a layer has no unit
   */
  public ActivityCounter(ActivityRule rule, ImmutableList<String> layers, int... units) {
    if (layers.size() != units.length) {
      throw new IllegalArgumentException(
          "got " + layers.size() + " layers but " + units.length + " numbers of units");
    }
    this.rule = rule;
    this.layers = layers;
    this.reduced = new double[units.length][];
    this.examples = new long[units.length];
    for (int i = 0; i < units.length; i++) {
      if (units[i] < 1) {
        throw new IllegalArgumentException(
            "layer '" + layers.get(i) + "': units must be at least 1, got " + units[i]);
      }
      reduced[i] = new double[units[i]];
      Arrays.fill(reduced[i], start());
    }
  }

  /**
   * Adds a batch of a layer's activations.
   *
   * @param layer the layer's position
   * @param activations the values, [examples, units] row after row, at least one row
   * @throws IllegalArgumentException if the length is not a positive multiple of the layer's units
   */
  public void add(int layer, float... activations) {
    double[] unit = reduced[layer];
    if (activations.length == 0 || activations.length % unit.length != 0) {
      throw new IllegalArgumentException(
          "layer '"
              + layers.get(layer)
              + "': expected a positive multiple of "
              + unit.length
              + " activations, got "
              + activations.length);
    }
    for (int i = 0; i < activations.length; i++) {
      int u = i % unit.length;
      float value = activations[i];
      if (!Float.isFinite(value)) {
        unit[u] = Double.NaN;
      } else if (rule.reducer() == ActivityRule.Reducer.MEAN) {
        unit[u] += value;
      } else {
        unit[u] = Math.max(unit[u], value);
      }
    }
    examples[layer] += activations.length / unit.length;
  }

  /**
   * Returns what was counted so far.
   *
   * @return the counts
   * @throws IllegalStateException if a layer got no batch, or the layers differ in their number of
   *     examples
   */
  public ActivityCounts snapshot() {
    ImmutableList.Builder<LayerActivity> counts = ImmutableList.builder();
    for (int i = 0; i < reduced.length; i++) {
      if (examples[i] == 0 || examples[i] != examples[0]) {
        throw new IllegalStateException(
            "layer '"
                + layers.get(i)
                + "' got "
                + examples[i]
                + " examples, layer '"
                + layers.get(0)
                + "' "
                + examples[0]);
      }
      double divisor = rule.reducer() == ActivityRule.Reducer.MEAN ? examples[i] : 1;
      counts.add(
          new LayerActivity(
              layers.get(i),
              reduced[i].length,
              Arrays.stream(reduced[i]).filter(value -> rule.isActive(value / divisor)).count(),
              Arrays.stream(reduced[i]).filter(value -> !Double.isFinite(value)).count()));
    }
    return new ActivityCounts(counts.build(), examples[0]);
  }

  private double start() {
    return rule.reducer() == ActivityRule.Reducer.MEAN ? 0 : -Double.MAX_VALUE;
  }
}
