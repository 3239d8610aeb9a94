package org.tfemergence.emergence.testing;

import com.google.common.graph.Graph;
import java.util.Map;
import org.tfemergence.emergence.network.Layer;

/**
 * Emergence by walking: every path from every inactive unit is followed unit by unit, and counts
 * once for each active unit it comes to. Slow, and too simple to be wrong.
 */
public final class PathEnumeration {
  private final Graph<Layer> wiring;
  private final Map<String, boolean[]> active;

  private PathEnumeration(Graph<Layer> wiring, Map<String, boolean[]> active) {
    this.wiring = wiring;
    this.active = active;
  }

  /** Counts the paths from inactive to active units, whatever units they pass. */
  public static long published(RandomNetwork network) {
    return new PathEnumeration(network.wiring(), network.active()).count();
  }

  private long count() {
    long paths = 0;
    for (Layer layer : wiring.nodes()) {
      for (boolean unit : active.get(layer.name())) {
        paths += unit ? 0 : from(layer);
      }
    }
    return paths;
  }

  /* All units of a layer have the same ways on, but each is walked. */
  private long from(Layer layer) {
    long paths = 0;
    for (Layer next : wiring.successors(layer)) {
      for (boolean unit : active.get(next.name())) {
        paths += unit ? 1 : 0;
        paths += from(next);
      }
    }
    return paths;
  }
}
