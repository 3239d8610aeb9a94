package org.tfemergence.emergence.measure;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.emergence.testing.RandomNetwork;

/** The definition for each kind of network, and why: what the papers print for it, or ours. */
final class EmergenceMeasureTest {
  private static final Wiring.Convolution SAME = new Wiring.Convolution(Window.same(3, 1, 4, 4), 1);

  private final MutableValueGraph<Layer, Wiring> graph = ValueGraphBuilder.directed().build();

  @Test
  void defaultFor_denseLayers_isThePublishedFormula() {
    Network network =
        Network.chain(List.of(new Layer("a", 3, 1), new Layer("b", 4, 1), new Layer("c", 5, 1)));

    assertThat(EmergenceMeasure.defaultFor(network)).isEqualTo(LayerEmergence.PUBLISHED);
  }

  @Test
  void filters_denseLayers_equalsPublished() {
    Random random = new Random(3);
    for (int round = 0; round < 100; round++) {
      RandomNetwork drawn = RandomNetwork.dag(random, 7, 9);
      assertThat(LayerEmergence.FILTERS.measure(drawn.network(), drawn.counts()))
          .isEqualTo(LayerEmergence.PUBLISHED.measure(drawn.network(), drawn.counts()));
    }
  }

  @Test
  void defaultFor_densePerPosition_isThePublishedFormula() {
    feed(counted("a", 5, 3), counted("b", 5, 2), new Wiring.PerPosition());

    assertThat(EmergenceMeasure.defaultFor(network())).isEqualTo(LayerEmergence.PUBLISHED);
  }

  @Test
  void defaultFor_convolutionsPoolingAndDense_isTheFormulaOfFilters() {
    Layer pooled = Layer.wiring("pooled", ImmutableList.of(2L, 2L, 3L));
    feed(map("first", 2), map("second", 3), SAME);
    feed(map("second", 3), pooled, new Wiring.Pooling(Window.valid(2, 2)));
    feed(pooled, new Layer("logits", 5, 1), new Wiring.Dense());

    assertThat(EmergenceMeasure.defaultFor(network())).isEqualTo(LayerEmergence.FILTERS);
  }

  @Test
  void defaultFor_concatenation_isNoResidualAdd() {
    Layer concat = Layer.wiring("concat", ImmutableList.of(4L, 4L, 5L));
    feed(map("first", 2), map("branch", 3), SAME);
    feed(map("first", 2), concat, new Wiring.OneToOne(0));
    feed(map("branch", 3), concat, new Wiring.OneToOne(2));
    feed(concat, map("last", 2), SAME);

    assertThat(EmergenceMeasure.defaultFor(network())).isEqualTo(LayerEmergence.FILTERS);
  }

  @Test
  void defaultFor_identityShortcut_isExactConnectivity() {
    Layer add = Layer.wiring("add", ImmutableList.of(4L, 4L, 2L));
    feed(map("first", 2), map("branch", 2), SAME);
    feed(map("first", 2), add, new Wiring.OneToOne(0));
    feed(map("branch", 2), add, new Wiring.OneToOne(0));

    residual();
  }

  @Test
  void defaultFor_projectionShortcut_isExactConnectivity() {
    Layer add = Layer.wiring("add", ImmutableList.of(4L, 4L, 3L));
    feed(map("first", 2), map("branch", 3), SAME);
    feed(map("first", 2), map("projection", 3), new Wiring.Convolution(Window.valid(1, 1), 1));
    feed(map("branch", 3), add, new Wiring.OneToOne(0));
    feed(map("projection", 3), add, new Wiring.OneToOne(0));

    residual();
  }

  @Test
  void defaultFor_attention_isExactConnectivity() {
    Layer context = Layer.wiring("context", ImmutableList.of(5L, 4L));
    feed(counted("value", 5, 4), context, new Attention(2, Reach.ALL));

    assertThat(EmergenceMeasure.defaultFor(network())).isEqualTo(ExactEmergence.ANY_UNIT);
    assertThat(LayerEmergence.defaultFor(network())).isEqualTo(LayerEmergence.PUBLISHED);
  }

  private void residual() {
    assertThat(EmergenceMeasure.defaultFor(network())).isEqualTo(ExactEmergence.ANY_UNIT);
    assertThat(LayerEmergence.defaultFor(network())).isEqualTo(LayerEmergence.FILTERS);
  }

  private void feed(Layer from, Layer to, Wiring wiring) {
    graph.putEdgeValue(from, to, wiring);
  }

  private Network network() {
    return Network.of(graph);
  }

  private static Layer map(String name, long channels) {
    return counted(name, 4, 4, channels);
  }

  private static Layer counted(String name, long... dimensions) {
    ImmutableList.Builder<Long> shape = ImmutableList.builder();
    for (long dimension : dimensions) {
      shape.add(dimension);
    }
    return new Layer(name, shape.build(), 1, Layer.Role.COUNTED);
  }
}
