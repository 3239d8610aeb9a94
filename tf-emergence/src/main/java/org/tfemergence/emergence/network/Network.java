package org.tfemergence.emergence.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.graph.Graph;
import com.google.common.graph.GraphBuilder;
import com.google.common.graph.Graphs;
import com.google.common.graph.ImmutableGraph;
import com.google.common.graph.MutableGraph;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An immutable acyclic network of densely connected layers: an edge from one layer to another means
 * that every unit of the first feeds every unit of the second.
 *
 * <p>Counted layers are those with a kernel, from the first hidden layer to the output; the input
 * is not a layer. Layers are held in topological order, so that every successor of a layer has a
 * higher index than the layer itself.
 */
public final class Network {
  private final ImmutableGraph<Layer> graph;
  private final ImmutableList<Layer> layers;
  private final ImmutableMap<Layer, Integer> index;

  private Network(Graph<Layer> wiring) {
    graph = ImmutableGraph.copyOf(wiring);
    layers = topologicalOrder(graph);
    ImmutableMap.Builder<Layer, Integer> positions = ImmutableMap.builder();
    for (int i = 0; i < layers.size(); i++) {
      positions.put(layers.get(i), i);
    }
    index = positions.buildOrThrow();
  }

  /**
   * Creates a network in which each layer feeds the next, as in a multi-layer perceptron.
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
   * Creates a network from a graph of layers.
   *
   * @param wiring a directed graph without cycles, with at least one layer
   * @return the network
   * @throws IllegalArgumentException if the graph is empty, undirected or cyclic, or if two layers
   *     have the same name
   */
  public static Network of(Graph<Layer> wiring) {
    if (wiring.nodes().isEmpty()) {
      throw new IllegalArgumentException("a network must have at least one layer");
    }
    if (!wiring.isDirected()) {
      throw new IllegalArgumentException("the graph of a network must be directed");
    }
    if (Graphs.hasCycle(wiring)) {
      throw new IllegalArgumentException("the graph of a network must not have a cycle");
    }
    Map<String, Layer> names = new HashMap<>();
    for (Layer layer : wiring.nodes()) {
      if (names.put(layer.name(), layer) != null) {
        throw duplicate(layer);
      }
    }
    return new Network(wiring);
  }

  /**
   * Returns the layers in topological order.
   *
   * @return the layers, at least one
   */
  public ImmutableList<Layer> layers() {
    return layers;
  }

  /**
   * Returns the positions in {@link #layers()} of the layers that a layer feeds.
   *
   * @param layer a position in {@link #layers()}
   * @return the successors' positions, each greater than {@code layer}, ascending
   */
  public ImmutableList<Integer> successors(int layer) {
    return graph.successors(layers.get(layer)).stream()
        .map(index::get)
        .sorted()
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * Returns the number of trainable parameters of all layers together.
   *
   * @return the sum over the layers
   */
  public long parameters() {
    return layers.stream().mapToLong(Layer::parameters).sum();
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
    return "Network" + layers;
  }

  /* Kahn's algorithm; layers that are ready at the same time keep the order of the graph. */
  private static ImmutableList<Layer> topologicalOrder(ImmutableGraph<Layer> graph) {
    Map<Layer, Integer> waitingFor = new HashMap<>();
    Deque<Layer> ready = new ArrayDeque<>();
    for (Layer layer : graph.nodes()) {
      waitingFor.put(layer, graph.inDegree(layer));
      if (graph.inDegree(layer) == 0) {
        ready.add(layer);
      }
    }
    ImmutableSet.Builder<Layer> order = ImmutableSet.builder();
    while (!ready.isEmpty()) {
      Layer layer = ready.remove();
      order.add(layer);
      for (Layer next : graph.successors(layer)) {
        if (waitingFor.merge(next, -1, Integer::sum) == 0) {
          ready.add(next);
        }
      }
    }
    return order.build().asList();
  }

  private static IllegalArgumentException duplicate(Layer layer) {
    return new IllegalArgumentException("two layers are named '" + layer.name() + "'");
  }
}
