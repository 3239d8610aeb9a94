package org.tfemergence.emergence.testing;

import com.google.common.graph.Graph;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tfemergence.emergence.network.Layer;

/**
 * Emergence by walking: every path from every inactive unit is followed unit by unit, and counts
 * once for each active unit it comes to. Slow, and too simple to be wrong.
 */
public final class PathEnumeration {
  private final Graph<Layer> wiring;
  private final Map<String, boolean[]> active;
  private final boolean strict;
  private final Map<List<String>, Long> pairs = new HashMap<>();

  private PathEnumeration(Graph<Layer> wiring, Map<String, boolean[]> active, boolean strict) {
    this.wiring = wiring;
    this.active = active;
    this.strict = strict;
  }

  /** Counts the paths from inactive to active units, whatever units they pass. */
  public static long published(RandomNetwork network) {
    return sum(pairs(network, false));
  }

  /** Counts the paths from inactive to active units that pass active units only. */
  public static long strict(RandomNetwork network) {
    return sum(pairs(network, true));
  }

  /**
   * Counts the paths between each two layers.
   *
   * @param strict whether they may pass active units only
   * @return per names of the layers, from and to, how many there are, above 0
   */
  public static Map<List<String>, Long> pairs(RandomNetwork network, boolean strict) {
    PathEnumeration walk = new PathEnumeration(network.wiring(), network.active(), strict);
    for (Layer layer : network.wiring().nodes()) {
      for (boolean unit : network.active().get(layer.name())) {
        if (!unit) {
          walk.from(layer, layer.name());
        }
      }
    }
    return walk.pairs;
  }

  private static long sum(Map<List<String>, Long> pairs) {
    return pairs.values().stream().mapToLong(Long::longValue).sum();
  }

  /* All units of a layer have the same ways on, but each is walked. */
  private void from(Layer layer, String start) {
    for (Layer next : wiring.successors(layer)) {
      for (boolean unit : active.get(next.name())) {
        if (unit) {
          pairs.merge(List.of(start, next.name()), 1L, Long::sum);
        }
        if (unit || !strict) {
          from(next, start);
        }
      }
    }
  }
}
