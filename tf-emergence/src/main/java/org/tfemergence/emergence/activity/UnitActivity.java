package org.tfemergence.emergence.activity;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.BitSet;
import java.util.Map;

/**
 * Which units of each layer are active: what exact connectivity needs, where counts do not suffice.
 * Immutable.
 */
public final class UnitActivity {
  private final ImmutableMap<String, Integer> units;
  private final ImmutableMap<String, BitSet> active;
  private final long examples;

  private UnitActivity(
      ImmutableMap<String, Integer> units, ImmutableMap<String, BitSet> active, long examples) {
    this.units = units;
    this.active = active;
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
    ImmutableMap.Builder<String, BitSet> copies = ImmutableMap.builder();
    for (Map.Entry<String, Integer> layer : units.entrySet()) {
      BitSet copy = (BitSet) active.get(layer.getKey()).clone();
      if (copy.length() > layer.getValue()) {
        throw new IllegalArgumentException(
            "layer '"
                + layer.getKey()
                + "': unit "
                + (copy.length() - 1)
                + " is active, but there"
                + " are "
                + layer.getValue());
      }
      copies.put(layer.getKey(), copy);
    }
    UnitActivity activity =
        new UnitActivity(ImmutableMap.copyOf(units), copies.buildOrThrow(), examples);
    activity.counts(); // Refuses numbers out of their range.
    return activity;
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
   * Returns the number of units of a layer.
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
   * Returns how many units of each layer are active.
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
                        layer.getValue(),
                        active.get(layer.getKey()).cardinality(),
                        0))
            .collect(ImmutableList.toImmutableList()),
        examples);
  }

  private void requireLayer(String layer) {
    if (!units.containsKey(layer)) {
      throw new IllegalArgumentException(
          "no activity of layer '" + layer + "', only of " + units.keySet());
    }
  }
}
