package org.tfemergence.emergence.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.graph.GraphBuilder;
import com.google.common.graph.MutableGraph;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        .withMessage("the graph of a network must not have a cycle");
    assertThatIllegalArgumentException().isThrownBy(() -> Network.of(loop));
  }

  @Test
  void successors_noSuchLayer_throws() {
    Network network = Network.chain(List.of(A, B));

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> network.successors(2));
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
}
