package org.tfemergence.emergence.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.graph.EndpointPair;
import com.google.common.graph.Graph;
import com.google.common.graph.GraphBuilder;
import com.google.common.graph.ImmutableValueGraph;
import com.google.common.graph.MutableGraph;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;

/**
 * An immutable acyclic network of layers and how they are wired.
 *
 * <p>Layers that count are those with a kernel, from the first hidden layer to the output; the
 * input is not a layer. Layers are held in topological order, so that every successor of a layer
 * has a higher index than the layer itself.
 */
public final class Network {
  private final ImmutableValueGraph<Layer, Wiring> graph;
  private final ImmutableList<Layer> nodes;
  private final ImmutableList<Layer> layers;
  private final ImmutableList<ImmutableList<Integer>> successors;

  private Network(ValueGraph<Layer, Wiring> wiring) {
    graph = ImmutableValueGraph.copyOf(wiring);
    nodes = topologicalOrder(graph);
    layers = nodes.stream().filter(Layer::counted).collect(ImmutableList.toImmutableList());
    successors = countedSuccessors();
  }

  /**
   * Creates a network in which each layer feeds all of the next, as in a multi-layer perceptron.
   *
   * @param layers the layers from the first hidden one to the output, at least one
   * @return the chain
   * @throws IllegalArgumentException if there is no layer, or two have the same name
   */
  public static Network chain(List<Layer> layers) {
    MutableGraph<Layer> wiring = GraphBuilder.directed().build();
    Layer previous = null;
    for (Layer layer : layers) {
      if (!wiring.addNode(layer)) {
        throw duplicate(layer);
      }
      if (previous != null) {
        wiring.putEdge(previous, layer);
      }
      previous = layer;
    }
    return of(wiring);
  }

  /**
   * Creates a network of densely connected layers.
   *
   * @param wiring a directed graph without cycles, with at least one layer
   * @return the network
   * @throws IllegalArgumentException if the graph is empty, undirected or cyclic, or if two layers
   *     have the same name
   */
  public static Network of(Graph<Layer> wiring) {
    MutableValueGraph<Layer, Wiring> dense =
        (wiring.isDirected() ? ValueGraphBuilder.directed() : ValueGraphBuilder.undirected())
            .allowsSelfLoops(wiring.allowsSelfLoops())
            .build();
    wiring.nodes().forEach(dense::addNode);
    for (EndpointPair<Layer> edge : wiring.edges()) {
      dense.putEdgeValue(edge, new Wiring.Dense());
    }
    return of(dense);
  }

  /**
   * Creates a network.
   *
   * @param wiring a directed graph without cycles, with at least one layer that counts
   * @return the network
   * @throws IllegalArgumentException if the graph is empty, undirected or cyclic, if two layers
   *     have the same name, if no layer counts, or if the shapes of two layers do not suit their
   *     wiring, or if two inputs of a concatenation overlap
   */
  public static Network of(ValueGraph<Layer, Wiring> wiring) {
    if (wiring.nodes().isEmpty()) {
      throw new IllegalArgumentException("a network must have at least one layer");
    }
    if (!wiring.isDirected()) {
      throw new IllegalArgumentException("the graph of a network must be directed");
    }
    Soundness.requireNoCycle(wiring.asGraph());
    Map<String, Layer> names = new HashMap<>();
    for (Layer layer : wiring.nodes()) {
      if (names.put(layer.name(), layer) != null) {
        throw duplicate(layer);
      }
    }
    if (wiring.nodes().stream().noneMatch(Layer::counted)) {
      throw new IllegalArgumentException("a network must have at least one layer that counts");
    }
    Network network = new Network(wiring);
    for (EndpointPair<Layer> edge : wiring.edges()) {
      network.wires(edge.source(), edge.target());
    }
    wiring.nodes().forEach(layer -> Soundness.requireApart(wiring, layer));
    return network;
  }

  /**
   * Returns the layers that count, in topological order.
   *
   * @return the layers, at least one
   */
  public ImmutableList<Layer> layers() {
    return layers;
  }

  /**
   * Returns all layers, with those that only hand paths on, in topological order.
   *
   * @return the layers, at least one
   */
  public ImmutableList<Layer> nodes() {
    return nodes;
  }

  /**
   * Returns the positions in {@link #layers()} of the layers that a layer feeds, directly or
   * through layers that do not count.
   *
   * @param layer a position in {@link #layers()}
   * @return the successors' positions, each greater than {@code layer}, ascending
   */
  public ImmutableList<Integer> successors(int layer) {
    return successors.get(layer);
  }

  /**
   * Returns the layers that a layer feeds directly.
   *
   * @param layer one of {@link #nodes()}
   * @return its targets
   */
  public ImmutableSet<Layer> targets(Layer layer) {
    return ImmutableSet.copyOf(graph.successors(layer));
  }

  /**
   * Returns how a layer feeds another.
   *
   * @param from one of {@link #nodes()}
   * @param to one of its {@link #targets}
   * @return the wiring
   */
  public Wiring wiring(Layer from, Layer to) {
    return graph.edgeValue(from, to).orElseThrow();
  }

  /**
   * Returns the single connections between two layers.
   *
   * @param from one of {@link #nodes()}
   * @param to one of its {@link #targets}
   * @return the connections
   */
  public Wires wires(Layer from, Layer to) {
    return new Wires(from, to, wiring(from, to));
  }

  /**
   * Returns the number of trainable parameters of all layers together.
   *
   * @return the sum over the layers
   */
  public long parameters() {
    return nodes.stream().mapToLong(Layer::parameters).sum();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Network network && graph.equals(network.graph);
  }

  @Override
  public int hashCode() {
    return graph.hashCode();
  }

  @Override
  public String toString() {
    return "Network" + nodes;
  }

  /* Backwards: what a node leads to is what each target leads to, or the target if it counts. */
  private ImmutableList<ImmutableList<Integer>> countedSuccessors() {
    Map<Layer, Integer> index = new HashMap<>();
    layers.forEach(layer -> index.put(layer, index.size()));
    Map<Layer, TreeSet<Integer>> reached = new HashMap<>();
    for (Layer node : nodes.reverse()) {
      TreeSet<Integer> next = new TreeSet<>();
      for (Layer target : graph.successors(node)) {
        if (target.counted()) {
          next.add(index.get(target));
        } else {
          next.addAll(reached.get(target));
        }
      }
      reached.put(node, next);
    }
    List<ImmutableList<Integer>> all = new ArrayList<>();
    layers.forEach(layer -> all.add(ImmutableList.copyOf(reached.get(layer))));
    return ImmutableList.copyOf(all);
  }

  /*
   * Kahn's algorithm; layers that are ready at the same time keep the order of the graph's nodes.
   * That of successors depends on hash codes, which differ from run to run.
   */
  private static ImmutableList<Layer> topologicalOrder(ImmutableValueGraph<Layer, Wiring> graph) {
    Map<Layer, Integer> place = new HashMap<>();
    graph.nodes().forEach(layer -> place.put(layer, place.size()));
    Map<Layer, Integer> waitingFor = new HashMap<>();
    PriorityQueue<Layer> ready = new PriorityQueue<>(Comparator.comparing(place::get));
    for (Layer layer : graph.nodes()) {
      waitingFor.put(layer, graph.inDegree(layer));
      if (graph.inDegree(layer) == 0) {
        ready.add(layer);
      }
    }
    ImmutableList.Builder<Layer> order = ImmutableList.builder();
    while (!ready.isEmpty()) {
      Layer layer = ready.remove();
      order.add(layer);
      for (Layer next : graph.successors(layer)) {
        if (waitingFor.merge(next, -1, Integer::sum) == 0) {
          ready.add(next);
        }
      }
    }
    return order.build();
  }

  private static IllegalArgumentException duplicate(Layer layer) {
    return new IllegalArgumentException("two layers are named '" + layer.name() + "'");
  }
}
