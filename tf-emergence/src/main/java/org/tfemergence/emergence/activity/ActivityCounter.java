package org.tfemergence.emergence.activity;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.tfemergence.emergence.network.Layer;

/**
 * Counts active units from activations that are already Java arrays, batch after batch. The
 * reference for the counting on the device, and the way to measure networks that do not run in
 * TensorFlow.
 *
 * <p>Mutable and not thread-safe; {@link #snapshot()} gives the immutable result.
 */
public final class ActivityCounter {
  private final ActivityRule rule;
  private final ImmutableList<Units> layers;

  /**
   * Creates an empty counter of layers without positions.
   *
   * @param rule when a unit is active
   * @param layers the layers' names
   * @param units the number of units of each layer
   * @throws IllegalArgumentException if there is no layer, the lists differ in length or a layer
   *     has no unit
   */
  public ActivityCounter(ActivityRule rule, ImmutableList<String> layers, int... units) {
    this(
        rule,
        withoutPositions(
            Objects.requireNonNull(layers, "layers"), Objects.requireNonNull(units, "units")));
  }

  private ActivityCounter(ActivityRule rule, List<Layer> layers) {
    Objects.requireNonNull(rule, "rule");
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a counter must have at least one layer");
    }
    this.rule = rule;
    this.layers =
        layers.stream()
            .map(layer -> new Units(layer, rule))
            .collect(ImmutableList.toImmutableList());
  }

  /**
   * Creates an empty counter.
   *
   * @param rule when a unit is active
   * @param layers the layers, at least one, such as {@code network.layers()}
   * @return the counter
   * @throws IllegalArgumentException if there is no layer
   */
  public static ActivityCounter of(ActivityRule rule, List<Layer> layers) {
    return new ActivityCounter(rule, layers);
  }

  /**
   * Adds a batch of a layer's activations.
   *
   * @param layer the layer's position
   * @param activations the values, [examples, ..., channels] row after row, at least one row
   * @throws IllegalArgumentException if the length is not a positive multiple of the layer's units
   */
  public void add(int layer, float... activations) {
    Units units = layers.get(layer);
    boolean[] all = new boolean[units.examples(activations) * units.positions];
    Arrays.fill(all, true);
    units.add(all, activations);
  }

  /**
   * Adds a batch of a layer's activations of which some positions are padding. What stands there is
   * not looked at: a unit's examples are those in which its position is real, a channel's those
   * with any real position.
   *
   * @param layer the layer's position
   * @param real which positions are not padding, [examples, ...] without the channels, row-major;
   *     of a layer without positions, which examples are not
   * @param activations the values, [examples, ..., channels] row after row, at least one row
   * @throws IllegalArgumentException if a length does not suit the layer
   */
  public void addMasked(int layer, boolean[] real, float... activations) {
    Units units = layers.get(layer);
    int expected = units.examples(activations) * units.positions;
    if (real.length != expected) {
      throw new IllegalArgumentException(
          "layer '"
              + units.layer.name()
              + "': expected a mask of "
              + expected
              + " positions, got "
              + real.length);
    }
    units.add(real, activations);
  }

  /**
   * Returns what was counted so far. A unit whose position was padding in all examples is none: it
   * is not counted in n.
   *
   * @return the counts
   * @throws IllegalStateException if a layer got no batch, or the layers differ in their number of
   *     examples
   */
  public ActivityCounts snapshot() {
    Units first = layers.get(0);
    for (Units units : layers) {
      if (units.examples == 0 || units.examples != first.examples) {
        throw new IllegalStateException(
            "layer '"
                + units.layer.name()
                + "' got "
                + units.examples
                + " examples, layer '"
                + first.layer.name()
                + "' "
                + first.examples);
      }
    }
    return new ActivityCounts(
        layers.stream().map(Units::activity).collect(ImmutableList.toImmutableList()),
        first.examples,
        rule.granularity());
  }

  private static List<Layer> withoutPositions(ImmutableList<String> layers, int... units) {
    if (layers.size() != units.length) {
      throw new IllegalArgumentException(
          "got " + layers.size() + " layers but " + units.length + " numbers of units");
    }
    for (int i = 0; i < units.length; i++) {
      if (units[i] < 1) {
        throw new IllegalArgumentException(
            "layer '" + layers.get(i) + "': units must be at least 1, got " + units[i]);
      }
    }
    return IntStream.range(0, units.length)
        .mapToObj(i -> new Layer(layers.get(i), units[i], 0))
        .toList();
  }

  /** What stands for the examples of each unit of one layer; NaN once a value was not finite. */
  private static final class Units {
    final Layer layer;
    final int positions;
    private final ActivityRule rule;
    private final int channels;
    private final double[] joined;
    private final long[] seen;
    private long examples;

    Units(Layer layer, ActivityRule rule) {
      this.layer = layer;
      this.rule = rule;
      channels = Math.toIntExact(layer.channels());
      positions = Math.toIntExact(layer.units() / channels);
      joined = new double[Math.toIntExact(rule.granularity().units(layer))];
      seen = new long[joined.length];
      Arrays.fill(joined, rule.reducer().start());
    }

    int examples(float... activations) {
      int size = positions * channels;
      if (activations.length == 0 || activations.length % size != 0) {
        throw new IllegalArgumentException(
            "layer '"
                + layer.name()
                + "': expected a positive multiple of "
                + size
                + " activations, got "
                + activations.length);
      }
      return activations.length / size;
    }

    void add(boolean[] real, float... activations) {
      int rows = examples(activations);
      for (int example = 0; example < rows; example++) {
        if (rule.granularity() == Granularity.CHANNELS) {
          addChannels(example, real, activations);
        } else {
          addUnits(example, real, activations);
        }
      }
      examples += rows;
    }

    LayerActivity activity() {
      long units = 0;
      long active = 0;
      long nonFinite = 0;
      for (int unit = 0; unit < joined.length; unit++) {
        if (seen[unit] > 0) {
          units++;
          active += rule.isActive(rule.reducer().finish(joined[unit], seen[unit])) ? 1 : 0;
          nonFinite += Double.isFinite(joined[unit]) ? 0 : 1;
        }
      }
      return new LayerActivity(layer.name(), units, active, nonFinite);
    }

    private void addUnits(int example, boolean[] real, float... activations) {
      for (int unit = 0; unit < joined.length; unit++) {
        if (real[example * positions + unit / channels]) {
          see(unit, rule.sign().of(activations[example * joined.length + unit]));
        }
      }
    }

    private void addChannels(int example, boolean[] real, float... activations) {
      for (int channel = 0; channel < channels; channel++) {
        double sum = 0;
        int count = 0;
        for (int i = example * positions; i < (example + 1) * positions; i++) {
          if (real[i]) {
            sum += rule.sign().of(activations[i * channels + channel]);
            count++;
          }
        }
        if (count > 0) {
          see(channel, sum / count);
        }
      }
    }

    private void see(int unit, double value) {
      joined[unit] =
          Double.isFinite(value)
              ? rule.reducer().add(joined[unit], value, rule.threshold())
              : Double.NaN;
      seen[unit]++;
    }
  }
}
