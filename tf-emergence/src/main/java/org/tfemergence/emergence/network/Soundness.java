package org.tfemergence.emergence.network;

import com.google.common.graph.Graph;
import com.google.common.graph.ValueGraph;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What must hold of the graph of a network beyond single edges. */
final class Soundness {
  private Soundness() {}

  /** Refuses a cycle, naming its layers in order. */
  static void requireNoCycle(Graph<Layer> graph) {
    Set<Layer> done = new HashSet<>();
    for (Layer start : graph.nodes()) {
      List<Layer> way = new ArrayList<>();
      Optional<List<Layer>> cycle = cycle(graph, start, way, done);
      if (cycle.isPresent()) {
        throw new IllegalArgumentException(
            "the graph of a network must not have a cycle, got "
                + cycle.get().stream()
                    .map(layer -> "'" + layer.name() + "'")
                    .collect(Collectors.joining(" -> ")));
      }
    }
  }

  /*
   * A walk in depth with a stack of its own, since networks of thousands of layers are deeper than
   * Java's.
   */
  private static Optional<List<Layer>> cycle(
      Graph<Layer> graph, Layer start, List<Layer> way, Set<Layer> done) {
    List<List<Layer>> left = new ArrayList<>();
    if (!done.contains(start)) {
      way.add(start);
      left.add(new ArrayList<>(graph.successors(start)));
    }
    Set<Layer> onWay = new HashSet<>(way);
    while (!way.isEmpty()) {
      List<Layer> next = left.get(left.size() - 1);
      if (next.isEmpty()) {
        Layer finished = way.remove(way.size() - 1);
        left.remove(left.size() - 1);
        onWay.remove(finished);
        done.add(finished);
        continue;
      }
      Layer layer = next.remove(next.size() - 1);
      if (onWay.contains(layer)) {
        List<Layer> cycle = new ArrayList<>(way.subList(way.indexOf(layer), way.size()));
        cycle.add(layer);
        return Optional.of(cycle);
      }
      if (!done.contains(layer)) {
        way.add(layer);
        onWay.add(layer);
        left.add(new ArrayList<>(graph.successors(layer)));
      }
    }
    return Optional.empty();
  }

  /**
   * Refuses two inputs of a concatenation that share channels. Channels that no layer feeds are
   * those of the network's input, or zeros.
   */
  static void requireApart(ValueGraph<Layer, Wiring> graph, Layer concatenation) {
    List<Layer> parts = new ArrayList<>();
    for (Layer from : graph.predecessors(concatenation)) {
      if (graph.edgeValue(from, concatenation).orElseThrow() instanceof Wiring.OneToOne
          && from.units() != concatenation.units()) {
        parts.add(from);
      }
    }
    for (Layer a : parts) {
      for (Layer b : parts) {
        long first = offset(graph, a, concatenation);
        long second = offset(graph, b, concatenation);
        if (!a.equals(b) && first <= second && second < first + a.channels()) {
          throw new IllegalArgumentException(
              "layer '"
                  + concatenation.name()
                  + "': '"
                  + a.name()
                  + "' feeds channels "
                  + first
                  + " to "
                  + (first + a.channels() - 1)
                  + ", '"
                  + b.name()
                  + "' from "
                  + second
                  + " on");
        }
      }
    }
  }

  private static long offset(ValueGraph<Layer, Wiring> graph, Layer from, Layer to) {
    return ((Wiring.OneToOne) graph.edgeValue(from, to).orElseThrow()).channelOffset();
  }
}
