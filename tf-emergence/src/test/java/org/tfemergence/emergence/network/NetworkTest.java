package org.tfemergence.emergence.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.ElementOrder;
import com.google.common.graph.EndpointPair;
import com.google.common.graph.GraphBuilder;
import com.google.common.graph.MutableGraph;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfemergence.emergence.network.Layer.Role;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.testing.RandomNetwork;

final class NetworkTest {
  private static final Layer A = new Layer("a", 3, 12);
  private static final Layer B = new Layer("b", 4, 16);
  private static final Layer C = new Layer("c", 5, 25);

  @Test
  void chain_threeLayers_keepsTheirOrder() {
    Network network = Network.chain(List.of(C, A, B));

    assertThat(network.layers()).containsExactly(C, A, B);
    assertThat(network.successors(0)).containsExactly(1);
    assertThat(network.successors(1)).containsExactly(2);
    assertThat(network.successors(2)).isEmpty();
    assertThat(network.parameters()).isEqualTo(12 + 16 + 25);
  }

  @Test
  void chain_oneLayer_feedsNothing() {
    assertThat(Network.chain(List.of(A)).successors(0)).isEmpty();
  }

  @Test
  void chain_asGraph_isTheSameNetwork() {
    MutableGraph<Layer> wiring = GraphBuilder.directed().build();
    wiring.putEdge(B, C);
    wiring.putEdge(A, B);

    Network network = Network.of(wiring);

    assertThat(network).isEqualTo(Network.chain(List.of(A, B, C)));
    assertThat(network).hasSameHashCodeAs(Network.chain(List.of(A, B, C)));
    assertThat(network.layers()).containsExactly(A, B, C);
  }

  @Test
  void equals_otherWiring_isAnotherNetwork() {
    MutableGraph<Layer> skip = GraphBuilder.directed().build();
    skip.putEdge(A, B);
    skip.putEdge(B, C);
    skip.putEdge(A, C);

    assertThat(Network.of(skip)).isNotEqualTo(Network.chain(List.of(A, B, C)));
    assertThat(Network.chain(List.of(A, B, C))).isNotEqualTo(Network.chain(List.of(A, C, B)));
    assertThat(Network.chain(List.of(A))).isNotEqualTo(Network.chain(List.of(B)));
  }

  @Test
  void of_graphChangedAfterwards_staysAsItWas() {
    MutableGraph<Layer> wiring = GraphBuilder.directed().build();
    wiring.putEdge(A, B);
    Network network = Network.of(wiring);

    wiring.putEdge(B, C);

    assertThat(network).isEqualTo(Network.chain(List.of(A, B)));
  }

  @Test
  void layers_ofRandomGraphs_standInTopologicalOrder() {
    Random random = new Random(1);
    for (int round = 0; round < 300; round++) {
      RandomNetwork drawn = RandomNetwork.dag(random, 12, 3);
      Network network = drawn.network();

      assertThat(network.layers()).containsExactlyInAnyOrderElementsOf(drawn.wiring().nodes());
      Set<List<Layer>> edges = new HashSet<>();
      for (int i = 0; i < network.layers().size(); i++) {
        assertThat(network.successors(i)).isSorted();
        for (int j : network.successors(i)) {
          assertThat(j).isGreaterThan(i);
          edges.add(List.of(network.layers().get(i), network.layers().get(j)));
        }
      }
      Set<List<Layer>> wired = new HashSet<>();
      drawn.wiring().edges().forEach(edge -> wired.add(List.of(edge.source(), edge.target())));
      assertThat(edges).isEqualTo(wired);
    }
  }

  @Test
  void chain_tenThousandLayers_doesNotOverflowTheStack() {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      layers.add(new Layer("layer" + i, 1, 1));
    }

    assertThat(Network.chain(layers).layers()).isEqualTo(layers);
  }

  @Test
  void chain_noLayer_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.chain(List.of()))
        .withMessage("a network must have at least one layer");
  }

  @Test
  void chain_sameNameTwice_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.chain(List.of(A, B, A)))
        .withMessage("two layers are named 'a'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.chain(List.of(A, new Layer("a", 9, 9))))
        .withMessage("two layers are named 'a'");
  }

  @Test
  void of_noLayer_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(GraphBuilder.directed().<Layer>build()))
        .withMessage("a network must have at least one layer");
  }

  @Test
  void of_undirectedGraph_isRefused() {
    MutableGraph<Layer> wiring = GraphBuilder.undirected().build();
    wiring.putEdge(A, B);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(wiring))
        .withMessage("the graph of a network must be directed");
  }

  @Test
  void of_cycle_isRefused() {
    MutableGraph<Layer> wiring = GraphBuilder.directed().build();
    wiring.putEdge(A, B);
    wiring.putEdge(B, C);
    wiring.putEdge(C, A);
    MutableGraph<Layer> loop = GraphBuilder.directed().allowsSelfLoops(true).build();
    loop.putEdge(A, A);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(wiring))
        .withMessage("the graph of a network must not have a cycle, got 'a' -> 'b' -> 'c' -> 'a'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(loop))
        .withMessage("the graph of a network must not have a cycle, got 'a' -> 'a'");
  }

  /* However many layers lead to the cycle, away from it and past it, only its own are named. */
  @Test
  void of_cycleInALargeNetwork_namesItsLayersAlone() {
    MutableGraph<Layer> wiring =
        GraphBuilder.directed().nodeOrder(ElementOrder.<Layer>insertion()).build();
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      layers.add(new Layer("layer" + i, 1, 0));
      for (int before = 1; before <= Math.min(2, i); before++) {
        wiring.putEdge(layers.get(i - before), layers.get(i));
      }
    }
    assertThat(Network.of(wiring).layers()).hasSize(5_000);
    wiring.removeEdge(layers.get(4_000), layers.get(4_002));
    wiring.putEdge(layers.get(4_002), layers.get(4_000));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(wiring))
        .withMessageContainingAll("'layer4000'", "'layer4001'", "'layer4002'", " -> ")
        .withMessageMatching("[^']*('layer400[012]'( -> )?){4}");
  }

  @Test
  void of_concatenationWhoseInputsOverlap_isRefused() {
    Layer both = Layer.wiring("both", ImmutableList.of(2L, 5L));
    Layer first = new Layer("first", ImmutableList.of(2L, 3L), 0, Layer.Role.COUNTED);
    Layer second = new Layer("second", ImmutableList.of(2L, 2L), 0, Layer.Role.COUNTED);
    for (long offset : new long[] {0, 1, 2}) {
      MutableValueGraph<Layer, Wiring> graph = valueGraph();
      graph.putEdgeValue(second, both, new OneToOne(offset));
      graph.putEdgeValue(first, both, new OneToOne(0));
      List<String> expected = new ArrayList<>();
      expected.add("layer 'both': 'first' feeds channels 0 to 2, 'second' from " + offset + " on");
      if (offset == 0) { // of two at the same place either is the first
        expected.add("layer 'both': 'second' feeds channels 0 to 1, 'first' from 0 on");
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Network.of(graph))
          .satisfies(thrown -> assertThat(thrown.getMessage()).isIn(expected));
    }
    MutableValueGraph<Layer, Wiring> apart = valueGraph();
    apart.putEdgeValue(second, both, new OneToOne(3));
    apart.putEdgeValue(first, both, new OneToOne(0));
    assertThat(Network.of(apart).nodes()).hasSize(3);
  }

  @Test
  void layer_moreUnitsThanALongHolds_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Layer.wiring("huge", ImmutableList.of(1L << 32, 1L << 32)))
        .withMessage(
            "layer 'huge': units must be less than 2^63, got shape [4294967296, 4294967296]");
    assertThat(Layer.wiring("large", ImmutableList.of(1L << 31, 1L << 31)).units())
        .isEqualTo(1L << 62);
  }

  @Test
  void successors_noSuchLayer_throws() {
    Network network = Network.chain(List.of(A, B));

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> network.successors(2));
  }

  @Test
  void layers_residualBlock_leaveOutWhatOnlyHandsOn() {
    Layer first = map("first", 4, 4, 2);
    Layer branch = map("branch", 4, 4, 2);
    Layer add = Layer.wiring("add", ImmutableList.of(4L, 4L, 2L));
    Layer pool = Layer.wiring("pool", ImmutableList.of(2L, 2L, 2L));
    Layer out = new Layer("out", 3, 27);
    MutableValueGraph<Layer, Wiring> wiring = valueGraph();
    wiring.putEdgeValue(first, branch, new Convolution(Window.same(3, 1, 4, 4), 1));
    wiring.putEdgeValue(first, add, new OneToOne(0));
    wiring.putEdgeValue(branch, add, new OneToOne(0));
    wiring.putEdgeValue(add, pool, new Pooling(Window.valid(2, 2)));
    wiring.putEdgeValue(pool, out, new Dense());
    Network network = Network.of(wiring);

    assertThat(network.nodes()).containsExactly(first, branch, add, pool, out);
    assertThat(network.layers()).containsExactly(first, branch, out);
    assertThat(network.successors(0)).containsExactly(1, 2);
    assertThat(network.successors(1)).containsExactly(2);
    assertThat(network.successors(2)).isEmpty();
    assertThat(network.targets(first)).containsExactlyInAnyOrder(branch, add);
    assertThat(network.targets(out)).isEmpty();
    assertThat(network.wiring(add, pool)).isEqualTo(new Pooling(Window.valid(2, 2)));
    assertThat(network).hasToString("Network" + network.nodes());
  }

  @Test
  void successors_ofRandomGraphs_areWhatIsReachedThroughLayersThatDoNotCount() {
    Random random = new Random(7);
    int handedOn = 0;
    for (int round = 0; round < 300; round++) {
      MutableValueGraph<Layer, Wiring> wiring = randomValueGraph(random, 10);
      Network network = Network.of(wiring);

      assertThat(network.nodes()).containsExactlyInAnyOrderElementsOf(wiring.nodes());
      for (EndpointPair<Layer> edge : wiring.edges()) {
        assertThat(network.nodes().indexOf(edge.source()))
            .isLessThan(network.nodes().indexOf(edge.target()));
        assertThat(network.wiring(edge.source(), edge.target()))
            .isSameAs(wiring.edgeValue(edge).orElseThrow());
      }
      List<Layer> counted = new ArrayList<>(network.nodes());
      counted.removeIf(layer -> layer.role() == Role.WIRING);
      assertThat(network.layers()).isEqualTo(counted);
      for (int i = 0; i < counted.size(); i++) {
        TreeSet<Integer> expected = new TreeSet<>();
        reach(wiring, counted, counted.get(i), expected);
        assertThat(network.successors(i)).containsExactlyElementsOf(expected);
        handedOn += expected.size() - (int) countedTargets(network, counted.get(i));
      }
    }
    assertThat(handedOn).isPositive();
  }

  @Test
  void nodes_readyAtTheSameTime_keepTheOrderOfTheGraph() {
    List<Layer> layers = new ArrayList<>();
    layers.add(new Layer("in", 1, 0));
    for (int i = 0; i < 20; i++) {
      layers.add(new Layer("branch" + i, 1, 0));
    }
    layers.add(new Layer("out", 1, 0));
    List<Integer> order = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(8));
    MutableGraph<Layer> wiring = GraphBuilder.directed().build();
    layers.forEach(wiring::addNode);
    for (int i : order) {
      wiring.putEdge(layers.get(i), layers.get(21));
      wiring.putEdge(layers.get(0), layers.get(i));
    }

    assertThat(Network.of(wiring).nodes()).isEqualTo(layers);
  }

  @Test
  void nodes_graphInTopologicalOrder_keepIt() {
    Random random = new Random(9);
    for (int round = 0; round < 100; round++) {
      Network network = Network.of(randomValueGraph(random, 10));
      MutableValueGraph<Layer, Wiring> again = valueGraph();
      network.nodes().forEach(again::addNode);
      for (Layer from : network.nodes().reverse()) {
        network.targets(from).forEach(to -> again.putEdgeValue(from, to, new Dense()));
      }

      assertThat(Network.of(again).nodes()).isEqualTo(network.nodes());
    }
  }

  @Test
  void parameters_layersThatDoNotCount_areAddedToo() {
    Layer norm = new Layer("norm", ImmutableList.of(3L), 6, Role.WIRING);
    MutableValueGraph<Layer, Wiring> wiring = valueGraph();
    wiring.putEdgeValue(A, norm, new OneToOne(0));
    wiring.putEdgeValue(norm, B, new Dense());

    assertThat(Network.of(wiring).parameters()).isEqualTo(12 + 6 + 16);
  }

  @Test
  void of_valueGraphChangedAfterwards_staysAsItWas() {
    MutableValueGraph<Layer, Wiring> wiring = valueGraph();
    wiring.putEdgeValue(A, B, new Dense());
    Network network = Network.of(wiring);

    wiring.putEdgeValue(B, C, new Dense());

    assertThat(network).isEqualTo(Network.chain(List.of(A, B)));
  }

  @Test
  void equals_sameLayersOtherWiring_isAnotherNetwork() {
    Layer same = new Layer("same", 3, 0);
    MutableValueGraph<Layer, Wiring> one = valueGraph();
    one.putEdgeValue(A, same, new OneToOne(0));
    MutableValueGraph<Layer, Wiring> again = valueGraph();
    again.putEdgeValue(A, same, new OneToOne(0));

    assertThat(Network.of(one)).isEqualTo(Network.of(again)).hasSameHashCodeAs(Network.of(again));
    assertThat(Network.of(one)).isNotEqualTo(Network.chain(List.of(A, same)));
  }

  @Test
  void of_valueGraphOfNoUse_isRefused() {
    MutableValueGraph<Layer, Wiring> undirected = ValueGraphBuilder.undirected().build();
    undirected.putEdgeValue(A, B, new Dense());
    MutableValueGraph<Layer, Wiring> cycle = valueGraph();
    cycle.putEdgeValue(A, B, new Dense());
    cycle.putEdgeValue(B, A, new Dense());
    MutableValueGraph<Layer, Wiring> twice = valueGraph();
    twice.putEdgeValue(A, Layer.wiring("a", ImmutableList.of(3L)), new OneToOne(0));
    MutableValueGraph<Layer, Wiring> uncounted = valueGraph();
    uncounted.addNode(Layer.wiring("pool", ImmutableList.of(3L)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(valueGraph()))
        .withMessage("a network must have at least one layer");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(undirected))
        .withMessage("the graph of a network must be directed");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(cycle))
        .withMessageStartingWith("the graph of a network must not have a cycle, got '");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(twice))
        .withMessage("two layers are named 'a'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(uncounted))
        .withMessage("a network must have at least one layer that counts");
  }

  @Test
  void of_shapesThatDoNotSuit_isRefused() {
    MutableValueGraph<Layer, Wiring> wiring = valueGraph();
    wiring.putEdgeValue(A, B, new Dense());
    wiring.putEdgeValue(C, B, new OneToOne(0));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.of(wiring))
        .withMessage(
            "OneToOne[channelOffset=0] from 'c' [5] to 'b' [4]: expected as many units, or as many"
                + " positions and room for the channels");
  }

  @Test
  void wires_ofAnEdge_areThoseOfItsWiring() {
    Network network = Network.chain(List.of(A, B, C));
    Set<Integer> fed = new HashSet<>();
    network.wires(A, B).forEach(0, (target, weight) -> fed.add(target));

    assertThat(network.wires(A, B).kernel()).hasValue(ImmutableList.of(A.units(), B.units()));
    assertThat(fed).hasSize((int) B.units());
  }

  @Test
  void wiring_noSuchEdge_throws() {
    Network network = Network.chain(List.of(A, B, C));

    assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(() -> network.wiring(A, C));
  }

  @Test
  void layer_map_tellsUnitsAndChannels() {
    Layer layer = map("conv", 4, 3, 5);

    assertThat(layer.units()).isEqualTo(60);
    assertThat(layer.channels()).isEqualTo(5);
    assertThat(layer.counted()).isTrue();
    assertThat(A.shape()).containsExactly(3L);
    assertThat(A.counted()).isTrue();
    Layer pool = Layer.wiring("pool", ImmutableList.of(2L, 7L));
    assertThat(pool.counted()).isFalse();
    assertThat(pool.parameters()).isZero();
    assertThat(pool.units()).isEqualTo(14);
    assertThat(pool.channels()).isEqualTo(7);
  }

  @Test
  void layer_badShape_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Layer.wiring("x", ImmutableList.of()))
        .withMessage("layer 'x': shape must have at least one dimension");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Layer.wiring("x", ImmutableList.of(2L, 0L, 3L)))
        .withMessage("layer 'x': units must be at least 1, got shape [2, 0, 3]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ' ' | 1 |  0 | layer name must not be blank
          x   | 0 |  0 | layer 'x': units must be at least 1, got shape [0]
          x   | 1 | -1 | layer 'x': parameters must not be negative, got -1
          """)
  void layer_badArgument_isRefused(String name, long units, long parameters, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Layer(name, units, parameters))
        .withMessage(message);
  }

  private static long countedTargets(Network network, Layer layer) {
    return network.targets(layer).stream().filter(Layer::counted).count();
  }

  /* Walks on from each target that does not count. */
  private static void reach(
      MutableValueGraph<Layer, Wiring> wiring,
      List<Layer> counted,
      Layer layer,
      Set<Integer> reached) {
    for (Layer target : wiring.successors(layer)) {
      if (target.role() == Role.COUNTED) {
        reached.add(counted.indexOf(target));
      } else {
        reach(wiring, counted, target, reached);
      }
    }
  }

  private static MutableValueGraph<Layer, Wiring> randomValueGraph(Random random, int most) {
    List<Layer> layers = new ArrayList<>();
    int size = 1 + random.nextInt(most);
    for (int i = 0; i < size; i++) {
      Role role = i > 0 && random.nextBoolean() ? Role.WIRING : Role.COUNTED;
      layers.add(new Layer("layer" + i, ImmutableList.of(1L + random.nextInt(3)), i, role));
    }
    List<Layer> shuffled = new ArrayList<>(layers);
    Collections.shuffle(shuffled, random);
    MutableValueGraph<Layer, Wiring> wiring = valueGraph();
    shuffled.forEach(wiring::addNode);
    for (int i = 0; i < size; i++) {
      for (int j = i + 1; j < size; j++) {
        if (random.nextInt(3) == 0) {
          wiring.putEdgeValue(layers.get(i), layers.get(j), new Dense());
        }
      }
    }
    return wiring;
  }

  private static MutableValueGraph<Layer, Wiring> valueGraph() {
    return ValueGraphBuilder.directed().build();
  }

  private static Layer map(String name, long height, long width, long channels) {
    return new Layer(name, ImmutableList.of(height, width, channels), 0, Role.COUNTED);
  }
}
