package org.tfemergence.emergence.activity;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.BitSet;
import java.util.Map;

/**
 * Which units of each layer are active, and which are none since they were padding in all examples:
 * what exact connectivity needs, where counts do not suffice. Immutable.
 */
public final class UnitActivity {
  private final ImmutableMap<String, Integer> units;
  private final ImmutableMap<String, BitSet> active;
  private final ImmutableMap<String, BitSet> padding;
  private final long examples;

  private UnitActivity(
      ImmutableMap<String, Integer> units,
      ImmutableMap<String, BitSet> active,
      ImmutableMap<String, BitSet> padding,
      long examples) {
    this.units = units;
    this.active = active;
    this.padding = padding;
    this.examples = examples;
  }

  /**
   * Creates the activity of a network.
   *
   * @param units the number of units of each layer, each at least 1
   * @param active the indices of the active units of each layer, row-major
   * @param examples the number of examples it was sampled from, at least 1
   * @return the activity
   * @throws IllegalArgumentException if the maps are of different layers or of none, a unit is
   *     beyond its layer, or a number is out of its range
   */
  public static UnitActivity of(
      Map<String, Integer> units, Map<String, BitSet> active, long examples) {
    if (!units.keySet().equals(active.keySet())) {
      throw new IllegalArgumentException(
          "units are of layers " + units.keySet() + ", activity of " + active.keySet());
    }
    units.forEach(
        (layer, count) -> {
          if (count < 1) {
            throw new IllegalArgumentException(
                "layer '" + layer + "': units must be at least 1, got " + count);
          }
        });
    UnitActivity activity =
        new UnitActivity(
            ImmutableMap.copyOf(units),
            copies(units, active, "active"),
            ImmutableMap.of(),
            examples);
    activity.counts(); // Refuses numbers out of their range.
    return activity;
  }

  /**
   * Returns this activity with units that are none.
   *
   * @param padding the indices of the units of each layer that were padding in all examples,
   *     row-major; layers that are not among them have no padding
   * @return the activity
   * @throws IllegalArgumentException if there is no such layer, a unit is beyond its layer, or one
   *     is active
   */
  public UnitActivity withPadding(Map<String, BitSet> padding) {
    for (Map.Entry<String, BitSet> layer : padding.entrySet()) {
      requireLayer(layer.getKey());
      BitSet both = (BitSet) layer.getValue().clone();
      both.and(active.get(layer.getKey()));
      if (!both.isEmpty()) {
        throw new IllegalArgumentException(
            "layer '"
                + layer.getKey()
                + "': unit "
                + both.nextSetBit(0)
                + " is padding and active");
      }
    }
    return new UnitActivity(units, active, copies(units, padding, "padding"), examples);
  }

  /**
   * Tells whether a unit is active.
   *
   * @param layer its layer
   * @param unit its index, row-major
   * @return whether it is active
   * @throws IllegalArgumentException if there is no such layer
   */
  public boolean isActive(String layer, int unit) {
    requireLayer(layer);
    return active.get(layer).get(unit);
  }

  /**
   * Tells whether a unit is one, or was padding in all examples.
   *
   * @param layer its layer
   * @param unit its index, row-major
   * @return whether it is real
   * @throws IllegalArgumentException if there is no such layer
   */
  public boolean isReal(String layer, int unit) {
    requireLayer(layer);
    return !padding.containsKey(layer) || !padding.get(layer).get(unit);
  }

  /**
   * Returns the number of units of a layer, with those that were padding.
   *
   * @param layer its name
   * @return how many units it has, at least 1
   * @throws IllegalArgumentException if there is no such layer
   */
  public int units(String layer) {
    requireLayer(layer);
    return units.get(layer);
  }

  /**
   * Returns how many units each layer has, without padding, and how many are active.
   *
   * @return the counts, in the order in which the layers were given
   */
  public ActivityCounts counts() {
    return new ActivityCounts(
        units.entrySet().stream()
            .map(
                layer ->
                    new LayerActivity(
                        layer.getKey(),
                        layer.getValue()
                            - (padding.containsKey(layer.getKey())
                                ? padding.get(layer.getKey()).cardinality()
                                : 0),
                        active.get(layer.getKey()).cardinality(),
                        0))
            .collect(ImmutableList.toImmutableList()),
        examples);
  }

  private static ImmutableMap<String, BitSet> copies(
      Map<String, Integer> units, Map<String, BitSet> bits, String what) {
    ImmutableMap.Builder<String, BitSet> copies = ImmutableMap.builder();
    bits.forEach(
        (layer, of) -> {
          BitSet copy = (BitSet) of.clone();
          if (copy.length() > units.get(layer)) {
            throw new IllegalArgumentException(
                "layer '"
                    + layer
                    + "': unit "
                    + (copy.length() - 1)
                    + " is "
                    + what
                    + ", but there are "
                    + units.get(layer));
          }
          copies.put(layer, copy);
        });
    return copies.buildOrThrow();
  }

  private void requireLayer(String layer) {
    if (!units.containsKey(layer)) {
      throw new IllegalArgumentException(
          "no activity of layer '" + layer + "', only of " + units.keySet());
    }
  }
}
