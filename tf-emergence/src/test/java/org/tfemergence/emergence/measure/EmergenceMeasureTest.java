package org.tfemergence.emergence.measure;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.graph.GraphBuilder;
import com.google.common.graph.MutableGraph;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.measure.ExactEmergence.Connections;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.emergence.testing.RandomNetwork;
import org.tfemergence.emergence.testing.WiredNetwork;

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
  void defaultFor_flattening_isNoResidualAdd() {
    Layer flat = Layer.wiring("flat", ImmutableList.of(48L));
    feed(map("first", 2), map("second", 3), SAME);
    feed(map("second", 3), flat, new Wiring.OneToOne(0));
    feed(flat, new Layer("logits", 5, 1), new Wiring.Dense());

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

  /* By counts, the two units that the part leaves out would reach the next layer as well. */
  @Test
  void defaultFor_partOfALayer_isExactConnectivity() {
    Layer first = new Layer("first", 3, 1);
    Layer part = Layer.wiring("part", ImmutableList.of(1L));
    Layer last = new Layer("last", 2, 1);
    feed(first, part, new Wiring.Selection(0, 1, 1));
    feed(part, last, new Wiring.Dense());
    BitSet active = new BitSet();
    active.set(0, 2);
    Map<String, Integer> units = Map.of("first", 3, "last", 2);
    Map<String, BitSet> verdicts = Map.of("first", new BitSet(), "last", active);

    assertThat(EmergenceMeasure.defaultFor(network())).isEqualTo(ExactEmergence.ANY_UNIT);
    assertThat(
            ExactEmergence.ANY_UNIT
                .measure(network(), UnitActivity.of(units, verdicts, 1), Connections.ALL)
                .paths())
        .isEqualTo(2);
  }

  /* E is linear in the number of active units of each layer by itself, whatever a path may pass. */
  @ParameterizedTest
  @EnumSource
  void layers_anyLayersActivity_entersLinearly(PathRule rule) {
    LayerEmergence measure = new LayerEmergence(rule);
    for (int round = 0; round < 60; round++) {
      Network maps = maps(new Random(round));
      Random random = new Random(round);
      long[] active =
          maps.layers().stream()
              .mapToLong(layer -> random.nextInt((int) layer.units() + 1))
              .toArray();
      int chosen = random.nextInt(active.length);
      List<BigInteger> values = new ArrayList<>();
      for (long on = 0; on <= maps.layers().get(chosen).units(); on++) {
        active[chosen] = on;
        values.add(measure.measure(maps, counts(maps, active)).paths());
      }
      BigInteger slope = values.get(1).subtract(values.get(0));
      for (int on = 0; on < values.size(); on++) {
        assertThat(values.get(on))
            .isEqualTo(values.get(0).add(slope.multiply(BigInteger.valueOf(on))));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void layers_allOrNoneActive_isZero(PathRule rule) {
    for (int round = 0; round < 30; round++) {
      Network maps = maps(new Random(round));
      long[] all = maps.layers().stream().mapToLong(Layer::units).toArray();
      for (long[] active : List.of(all, new long[all.length])) {
        assertThat(new LayerEmergence(rule).measure(maps, counts(maps, active)).paths()).isZero();
      }
    }
  }

  /*
   * Through any unit, E adds up over pairs of an inactive and an active unit: a third unit changes
   * nothing in what two do to each other. Its third mixed differences are zero.
   */
  @Test
  void exact_anyThreeUnits_haveNoThirdDifference() {
    int some = 0;
    for (int round = 0; round < 150; round++) {
      Random random = new Random(round);
      WiredNetwork drawn = WiredNetwork.draw(random);
      List<Layer> layers = drawn.network().layers();
      List<Layer> of = new ArrayList<>();
      List<Integer> units = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        of.add(layers.get(random.nextInt(layers.size())));
        units.add(random.nextInt((int) of.get(i).units()));
      }
      if (IntStream.range(0, 3)
              .mapToObj(i -> of.get(i).name() + " " + units.get(i))
              .distinct()
              .count()
          < 3) {
        continue;
      }
      BigInteger difference = BigInteger.ZERO;
      for (int on = 0; on < 8; on++) {
        Map<String, BitSet> active = new HashMap<>();
        drawn.active().forEach((layer, bits) -> active.put(layer, (BitSet) bits.clone()));
        for (int i = 0; i < 3; i++) {
          active.get(of.get(i).name()).set(units.get(i), (on >> i) % 2 == 1);
        }
        BigInteger paths =
            ExactEmergence.ANY_UNIT
                .measure(
                    drawn.network(),
                    new WiredNetwork(drawn.wiring(), ImmutableMap.copyOf(active), drawn.kept())
                        .activity(),
                    drawn.connections())
                .paths();
        some += paths.signum();
        difference =
            Integer.bitCount(on) % 2 == 0 ? difference.add(paths) : difference.subtract(paths);
      }
      assertThat(difference).isZero();
    }
    assertThat(some).isGreaterThan(200);
  }

  /* Maps, each joined to those after it as a coin falls. */
  private static Network maps(Random random) {
    MutableGraph<Layer> wiring = GraphBuilder.directed().build();
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Layer layer =
          counted("map" + i, 1 + random.nextInt(2), 1 + random.nextInt(2), 1 + random.nextInt(3));
      wiring.addNode(layer);
      for (Layer before : layers) {
        if (random.nextBoolean()) {
          wiring.putEdge(before, layer);
        }
      }
      layers.add(layer);
    }
    return Network.of(wiring);
  }

  private static ActivityCounts counts(Network network, long[] active) {
    ImmutableList.Builder<LayerActivity> layers = ImmutableList.builder();
    for (int i = 0; i < active.length; i++) {
      Layer layer = network.layers().get(i);
      layers.add(new LayerActivity(layer.name(), layer.units(), active[i], 0));
    }
    return new ActivityCounts(layers.build(), 1);
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
