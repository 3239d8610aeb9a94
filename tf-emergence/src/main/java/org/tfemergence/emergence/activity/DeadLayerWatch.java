package org.tfemergence.emergence.activity;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides when dead units are worth an alarm: when their share of a layer reaches a bound, and
 * again when the whole layer is dead. Each is told once; a layer is told of anew only after its
 * share fell below half the bound, so that one which hovers about the bound does not cry again and
 * again.
 */
public final class DeadLayerWatch {
  /** The share from which layers are told of if nothing else is said, 0.1 [ours]. */
  public static final double DEFAULT_BOUND = 0.1;

  /** What a layer was told of for. */
  public enum Told {
    /** It was not, or its share fell below half the bound since. */
    NOTHING,
    /** Its share of dead units reached the bound. */
    MANY,
    /** All its units were dead. */
    ALL
  }

  private final double bound;
  private final Map<String, Told> told = new LinkedHashMap<>();

  /**
   * Creates a watch that has told nothing.
   *
   * @param bound the share of dead units from which a layer is told of, in (0, 1]
   * @throws IllegalArgumentException if the bound is not in (0, 1]
   */
  public DeadLayerWatch(double bound) {
    if (!(bound > 0 && bound <= 1)) {
      throw new IllegalArgumentException("bound must be in (0, 1], got " + bound);
    }
    this.bound = bound;
  }

  /**
   * Returns the share of dead units from which a layer is told of.
   *
   * @return the bound, in (0, 1]
   */
  public double bound() {
    return bound;
  }

  /**
   * Returns what the layers it looked at were told of for: all it knows beside its bound.
   *
   * @return by layers' names, a copy
   */
  public ImmutableMap<String, Told> told() {
    return ImmutableMap.copyOf(told);
  }

  /**
   * Takes up what another watch, of the same bound, had told, in place of its own.
   *
   * @param before what {@link #told} gave
   */
  public void resume(Map<String, Told> before) {
    told.clear();
    told.putAll(before);
  }

  /**
   * Looks at the layers.
   *
   * @param step the number of updates done, at least 0
   * @param layers how many of their units are dead
   * @return what is to be told, in the order of the layers
   */
  public ImmutableList<DeadLayerAlarm> observe(long step, List<DeadUnits> layers) {
    ImmutableList.Builder<DeadLayerAlarm> alarms = ImmutableList.builder();
    for (DeadUnits layer : layers) {
      Told before = told.getOrDefault(layer.layer(), Told.NOTHING);
      Told now = before;
      if (layer.share() < bound / 2) {
        now = Told.NOTHING;
      } else if (layer.wholeLayer()) {
        now = Told.ALL;
      } else if (layer.share() >= bound && before == Told.NOTHING) {
        now = Told.MANY;
      }
      if (now.compareTo(before) > 0) {
        alarms.add(new DeadLayerAlarm(step, layer));
      }
      told.put(layer.layer(), now);
    }
    return alarms.build();
  }
}
