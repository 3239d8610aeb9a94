package org.tfemergence.emergence.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.EndpointPair;
import com.google.common.graph.GraphBuilder;
import com.google.common.graph.MutableGraph;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.measure.LayerEmergence.Contribution;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Layer.Role;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.PathEnumeration;
import org.tfemergence.emergence.testing.RandomNetwork;

final class LayerEmergenceTest {
  private final LayerEmergence measure = LayerEmergence.PUBLISHED;

  @Provide
  Arbitrary<RandomNetwork> chains() {
    return Arbitraries.longs().map(seed -> RandomNetwork.chain(new Random(seed), 6, 5));
  }

  @Provide
  Arbitrary<RandomNetwork> networks() {
    return Arbitraries.longs().map(seed -> RandomNetwork.dag(new Random(seed), 6, 4));
  }

  @Property(tries = 500)
  void measure_chain_countsEveryPath(@ForAll("chains") RandomNetwork drawn) {
    assertThat(measure(drawn)).isEqualTo(BigInteger.valueOf(PathEnumeration.published(drawn)));
  }

  @Property(tries = 500)
  void measure_anyWiring_countsEveryPath(@ForAll("networks") RandomNetwork drawn) {
    assertThat(measure(drawn)).isEqualTo(BigInteger.valueOf(PathEnumeration.published(drawn)));
  }

  @Property(tries = 300)
  void measure_chain_equalsThePrintedFormula(@ForAll("chains") RandomNetwork drawn) {
    assertThat(measure(drawn)).isEqualTo(printed(drawn.counts()));
  }

  @Property(tries = 200)
  void measure_anyLayersActivity_entersLinearly(
      @ForAll("networks") RandomNetwork drawn, @ForAll long seed) {
    List<LayerActivity> layers = drawn.counts().layers();
    int chosen = new Random(seed).nextInt(layers.size());
    long units = layers.get(chosen).units();
    BigInteger none = measure(drawn.network(), with(layers, chosen, 0));
    BigInteger all = measure(drawn.network(), with(layers, chosen, units));

    for (long a = 0; a <= units; a++) {
      BigInteger between =
          none.multiply(BigInteger.valueOf(units - a)).add(all.multiply(BigInteger.valueOf(a)));
      assertThat(
              measure(drawn.network(), with(layers, chosen, a)).multiply(BigInteger.valueOf(units)))
          .isEqualTo(between);
    }
  }

  @Property(tries = 200)
  void measure_allOrNoneActive_isZero(@ForAll("networks") RandomNetwork drawn) {
    List<LayerActivity> none = new ArrayList<>(drawn.counts().layers());
    List<LayerActivity> all = new ArrayList<>(none);
    for (int i = 0; i < none.size(); i++) {
      none.set(i, new LayerActivity(none.get(i).layer(), none.get(i).units(), 0, 0));
      all.set(
          i, new LayerActivity(none.get(i).layer(), none.get(i).units(), none.get(i).units(), 0));
    }

    assertThat(measure(drawn.network(), counts(none))).isZero();
    assertThat(measure(drawn.network(), counts(all))).isZero();
  }

  @Test
  void measure_oneInactiveUnit_countsWhatLiesBehindIt() {
    // One path to each of b's 3 active units, and through each of them to c's 2.
    Network network = Network.chain(List.of(layer("a", 2), layer("b", 3), layer("c", 2)));
    ActivityCounts counts =
        counts(List.of(active("a", 2, 1), active("b", 3, 3), active("c", 2, 2)));

    assertThat(measure(network, counts)).isEqualTo(BigInteger.valueOf(3 + 3 * 2));
  }

  @Test
  void measure_diamond_countsBothWays() {
    MutableGraph<Layer> wiring = GraphBuilder.directed().build();
    wiring.putEdge(layer("in", 1), layer("left", 2));
    wiring.putEdge(layer("in", 1), layer("right", 5));
    wiring.putEdge(layer("left", 2), layer("out", 3));
    wiring.putEdge(layer("right", 5), layer("out", 3));
    Network network = Network.of(wiring);
    List<LayerActivity> layers = new ArrayList<>();
    for (Layer layer : network.layers()) {
      layers.add(active(layer.name(), layer.units(), layer.name().equals("out") ? 3 : 0));
    }

    // From "in" over 2 + 5 units to 3; from the 7 units between, to 3 each.
    assertThat(measure(network, counts(layers))).isEqualTo(BigInteger.valueOf(7 * 3 + 7 * 3));
  }

  @Test
  void measure_oneLayer_isZero() {
    assertThat(measure(Network.chain(List.of(layer("a", 4))), counts(List.of(active("a", 4, 2)))))
        .isZero();
  }

  @Test
  void measure_chainWrittenAsGraph_isTheSame() {
    Random random = new Random(3);
    for (int round = 0; round < 100; round++) {
      RandomNetwork drawn = RandomNetwork.chain(random, 8, 9);
      Network chain = Network.chain(drawn.network().layers());

      assertThat(measure(chain, drawn.counts())).isEqualTo(measure(drawn));
    }
  }

  @Test
  void measure_thousandLayers_isExactAndHasAnAccurateLogarithm() {
    Random random = new Random(4);
    List<Layer> layers = new ArrayList<>();
    List<LayerActivity> activity = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      long units = 1L + random.nextInt(1_000_000);
      layers.add(layer("layer" + i, units));
      activity.add(active("layer" + i, units, random.nextInt((int) units + 1)));
    }
    Network network = Network.chain(layers);

    Emergence emergence = measure.measure(network, counts(activity));

    assertThat(emergence.paths()).isEqualTo(printed(counts(activity)));
    assertThat(emergence.paths().toString()).hasSizeGreaterThan(5_000);
    double expected = EmergenceTest.digits(emergence.paths());
    assertThat(emergence.log10()).isCloseTo(expected, within(1e-12 * expected));
  }

  @Test
  void measure_countsOfOtherLayers_isRefused() {
    Network network = Network.chain(List.of(layer("a", 2), layer("b", 3)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> measure(network, counts(List.of(active("a", 2, 1)))))
        .withMessage("the network has 2 layers, the activity 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> measure(network, counts(List.of(active("b", 3, 1), active("a", 2, 1)))))
        .withMessage("layer 0: the network has 'a' of 2 units, the activity 'b' of 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> measure(network, counts(List.of(active("a", 2, 1), active("b", 4, 1)))))
        .withMessage("layer 1: the network has 'b' of 3 units, the activity 'b' of 4");
  }

  @Test
  void measure_channels_countsThemForUnits() {
    Network network = Network.chain(List.of(maps("a", 3), maps("b", 5), maps("c", 2)));
    ActivityCounts channels =
        new ActivityCounts(
            ImmutableList.of(active("a", 3, 1), active("b", 5, 2), active("c", 2, 1)),
            1,
            Granularity.CHANNELS);
    Network dense = Network.chain(List.of(layer("a", 3), layer("b", 5), layer("c", 2)));
    ActivityCounts units = counts(channels.layers());

    for (LayerEmergence each :
        List.of(LayerEmergence.PUBLISHED, LayerEmergence.FILTERS, LayerEmergence.STRICT)) {
      assertThat(each.measure(network, channels)).isEqualTo(each.measure(dense, units));
      assertThat(each.explain(network, channels)).isEqualTo(each.explain(dense, units));
    }
    // From a's 2 inactive to b's 2 active, to c's over b's 5; from b's 3 to c's 1.
    assertThat(measure(network, channels)).isEqualTo(BigInteger.valueOf(2 * 2 + 2 * 5 + 3));
  }

  /* By hand: 2 of 4 x 4 positions are real in a, 3 in b; of c nothing is. */
  @Test
  void measure_fewerUnitsThanTheNetwork_areThoseWithoutPadding() {
    Network network = Network.chain(List.of(maps("a", 3), maps("b", 5), maps("c", 2)));
    ActivityCounts some =
        counts(List.of(active("a", 6, 2), active("b", 15, 4), active("c", 32, 1)));
    ActivityCounts none = counts(List.of(active("a", 6, 2), active("b", 0, 0), active("c", 32, 1)));

    assertThat(LayerEmergence.PUBLISHED.measure(network, some).paths())
        .isEqualTo(4 * 4 + 4 * 15 + 11);
    assertThat(LayerEmergence.FILTERS.measure(network, some).paths()).isEqualTo(4 * 4 + 4 * 5 + 11);
    assertThat(LayerEmergence.STRICT.measure(network, some).paths()).isEqualTo(4 * 4 + 4 * 4 + 11);
    for (PathRule rule : PathRule.values()) {
      assertThat(new LayerEmergence(rule).measure(network, none).paths()).isZero();
    }
  }

  @Test
  void measure_partOfAPosition_isRefused() {
    Network network = Network.chain(List.of(maps("a", 3), maps("b", 5)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> measure(network, counts(List.of(active("a", 47, 1), active("b", 80, 1)))))
        .withMessage("layer 0: the network has 'a' of 48 units, the activity 'a' of 47");
  }

  @Test
  void measure_countsOfAnotherGranularity_isRefused() {
    Network network = Network.chain(List.of(maps("a", 3), maps("b", 5)));
    ImmutableList<LayerActivity> units = ImmutableList.of(active("a", 48, 1), active("b", 80, 1));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> measure(network, new ActivityCounts(units, 1, Granularity.CHANNELS)))
        .withMessage("layer 0: the network has 'a' of 3 channels, the activity 'a' of 48");
  }

  @Test
  void name_always_tellsTheDefinition() {
    assertThat(LayerEmergence.PUBLISHED.name()).isEqualTo("published");
    assertThat(LayerEmergence.FILTERS.name()).isEqualTo("filters");
    assertThat(LayerEmergence.STRICT.name()).isEqualTo("strict");
  }

  @Property(tries = 500)
  void strict_anyWiring_countsEveryPathOfActiveUnits(@ForAll("networks") RandomNetwork drawn) {
    assertThat(LayerEmergence.STRICT.measure(drawn.network(), drawn.counts()).paths())
        .isEqualTo(BigInteger.valueOf(PathEnumeration.strict(drawn)));
  }

  @Test
  void strict_unitInactiveOnTheWay_isNotPassed() {
    // a's 2 units to b's 1 active of 3, and through it to c's 2; b's 2 others to c's 2.
    Network network = Network.chain(List.of(layer("a", 2), layer("b", 3), layer("c", 2)));
    ActivityCounts counts =
        counts(List.of(active("a", 2, 0), active("b", 3, 1), active("c", 2, 2)));

    assertThat(LayerEmergence.STRICT.measure(network, counts).paths()).isEqualTo(2 + 2 * 2 + 2 * 2);
    assertThat(LayerEmergence.PUBLISHED.measure(network, counts).paths())
        .isEqualTo(2 + 2 * 3 * 2 + 2 * 2);
  }

  @Test
  void filters_chainOfMaps_equalsThePrintedFormula() {
    Random random = new Random(21);
    for (int round = 0; round < 200; round++) {
      List<Layer> layers = new ArrayList<>();
      List<LayerActivity> activity = new ArrayList<>();
      int size = 1 + random.nextInt(8);
      for (int i = 0; i < size; i++) {
        Layer layer = randomMap(random, i);
        layers.add(layer);
        activity.add(active(layer.name(), layer.units(), random.nextInt((int) layer.units() + 1)));
      }
      // E = sum_{i<j} (n_i - a_i) a_j prod_{i<k<j} m_k, term by term.
      BigInteger sum = BigInteger.ZERO;
      for (int i = 0; i < size; i++) {
        for (int j = i + 1; j < size; j++) {
          BigInteger term =
              BigInteger.valueOf(activity.get(i).units() - activity.get(i).active())
                  .multiply(BigInteger.valueOf(activity.get(j).active()));
          for (int k = i + 1; k < j; k++) {
            term = term.multiply(BigInteger.valueOf(layers.get(k).shape().get(2)));
          }
          sum = sum.add(term);
        }
      }

      assertThat(LayerEmergence.FILTERS.measure(Network.chain(layers), counts(activity)).paths())
          .isEqualTo(sum);
    }
  }

  @Property(tries = 200)
  void filters_denseLayers_isPublished(@ForAll("networks") RandomNetwork drawn) {
    assertThat(LayerEmergence.FILTERS.measure(drawn.network(), drawn.counts()))
        .isEqualTo(measure.measure(drawn.network(), drawn.counts()));
  }

  @ParameterizedTest
  @EnumSource(PathRule.class)
  void measure_graphOfMaps_sumsOverAllPathsOfLayers(PathRule rule) {
    Random random = new Random(22);
    for (int round = 0; round < 150; round++) {
      MapGraph drawn = MapGraph.draw(random);
      Map<List<String>, BigInteger> pairs = drawn.pairs(rule);
      LayerEmergence emergence = new LayerEmergence(rule);

      assertThat(emergence.measure(drawn.network(), drawn.counts()).paths())
          .isEqualTo(pairs.values().stream().reduce(BigInteger.ZERO, BigInteger::add));
      requirePairs(emergence.explain(drawn.network(), drawn.counts()), pairs);
    }
  }

  @Test
  void measure_layersThatDoNotCountBetween_changeNothing() {
    Random random = new Random(23);
    for (int round = 0; round < 100; round++) {
      MapGraph drawn = MapGraph.draw(random);
      Network direct = drawn.network();
      MutableValueGraph<Layer, Wiring> detour = ValueGraphBuilder.directed().build();
      direct.nodes().forEach(detour::addNode);
      int between = 0;
      for (EndpointPair<Layer> edge : drawn.wiring.edges()) {
        Layer last = edge.source();
        for (int i = random.nextInt(3); i > 0; i--) {
          Layer wiring = Layer.wiring("wiring" + between++, ImmutableList.of(3L, 5L));
          detour.putEdgeValue(last, wiring, new Wiring.Dense());
          last = wiring;
        }
        detour.putEdgeValue(last, edge.target(), new Wiring.Dense());
      }
      Network network = Network.of(detour);
      Map<String, LayerActivity> activity = new HashMap<>();
      drawn.counts().layers().forEach(layer -> activity.put(layer.layer(), layer));
      List<LayerActivity> inOrder = new ArrayList<>();
      network.layers().forEach(layer -> inOrder.add(activity.get(layer.name())));

      for (PathRule rule : PathRule.values()) {
        LayerEmergence emergence = new LayerEmergence(rule);
        assertThat(emergence.measure(network, counts(inOrder)))
            .isEqualTo(emergence.measure(direct, drawn.counts()));
      }
    }
  }

  @Property(tries = 300)
  void explain_anyNetwork_countsThePathsOfEachPair(@ForAll("networks") RandomNetwork drawn) {
    for (boolean strict : new boolean[] {false, true}) {
      LayerEmergence emergence = strict ? LayerEmergence.STRICT : LayerEmergence.PUBLISHED;
      Map<List<String>, BigInteger> pairs = new HashMap<>();
      PathEnumeration.pairs(drawn, strict)
          .forEach((pair, paths) -> pairs.put(pair, BigInteger.valueOf(paths)));
      List<Contribution> parts = emergence.explain(drawn.network(), drawn.counts());

      requirePairs(parts, pairs);
      assertThat(parts.stream().map(Contribution::paths).reduce(BigInteger.ZERO, BigInteger::add))
          .isEqualTo(emergence.measure(drawn.network(), drawn.counts()).paths());
    }
  }

  @Test
  void explain_noPath_isEmpty() {
    Network network = Network.chain(List.of(layer("a", 2), layer("b", 3)));

    assertThat(measure.explain(network, counts(List.of(active("a", 2, 2), active("b", 3, 1)))))
        .isEmpty();
  }

  @Test
  void explain_countsOfOtherLayers_isRefused() {
    Network network = Network.chain(List.of(layer("a", 2), layer("b", 3)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> measure.explain(network, counts(List.of(active("a", 2, 1)))))
        .withMessage("the network has 2 layers, the activity 1");
  }

  private static void requirePairs(
      List<Contribution> parts, Map<List<String>, BigInteger> expected) {
    assertThat(parts)
        .isSortedAccordingTo(Comparator.comparing(Contribution::paths).reversed())
        .containsExactlyInAnyOrderElementsOf(
            expected.entrySet().stream()
                .map(
                    pair ->
                        new Contribution(
                            pair.getKey().get(0), pair.getKey().get(1), pair.getValue()))
                .toList());
  }

  private static Layer randomMap(Random random, int index) {
    return new Layer(
        "layer" + index,
        ImmutableList.of(1L + random.nextInt(3), 1L + random.nextInt(3), 1L + random.nextInt(5)),
        0,
        Role.COUNTED);
  }

  /** Layers of maps, each joined to those after it as a coin falls. */
  private record MapGraph(MutableGraph<Layer> wiring, Map<String, Long> active) {
    static MapGraph draw(Random random) {
      MutableGraph<Layer> wiring = GraphBuilder.directed().build();
      Map<String, Long> active = new HashMap<>();
      List<Layer> layers = new ArrayList<>();
      int size = 1 + random.nextInt(7);
      for (int i = 0; i < size; i++) {
        Layer layer = randomMap(random, i);
        wiring.addNode(layer);
        for (Layer before : layers) {
          if (random.nextBoolean()) {
            wiring.putEdge(before, layer);
          }
        }
        layers.add(layer);
        active.put(layer.name(), (long) random.nextInt((int) layer.units() + 1));
      }
      return new MapGraph(wiring, active);
    }

    Network network() {
      return Network.of(wiring);
    }

    ActivityCounts counts() {
      return LayerEmergenceTest.counts(
          network().layers().stream()
              .map(
                  layer ->
                      new LayerActivity(layer.name(), layer.units(), active.get(layer.name()), 0))
              .toList());
    }

    /* Path of layers by path: (n_i - a_i) a_j, times what each layer between lets pass. */
    Map<List<String>, BigInteger> pairs(PathRule rule) {
      Map<List<String>, BigInteger> pairs = new HashMap<>();
      for (Layer from : wiring.nodes()) {
        follow(rule, from, from, from.units() - active.get(from.name()), pairs);
      }
      pairs.values().removeIf(paths -> paths.signum() == 0);
      return pairs;
    }

    private void follow(
        PathRule rule, Layer start, Layer at, long ways, Map<List<String>, BigInteger> pairs) {
      for (Layer next : wiring.successors(at)) {
        long on = active.get(next.name());
        pairs.merge(
            List.of(start.name(), next.name()), BigInteger.valueOf(ways * on), BigInteger::add);
        long passable =
            switch (rule) {
              case PUBLISHED -> next.shape().get(0) * next.shape().get(1) * next.shape().get(2);
              case FILTERS -> next.shape().get(2);
              case STRICT -> on;
            };
        follow(rule, start, next, ways * passable, pairs);
      }
    }
  }

  /* E = sum_{i<j} (n_i - a_i) a_j prod_{i<k<j} n_k, term by term. */
  private static BigInteger printed(ActivityCounts counts) {
    List<LayerActivity> layers = counts.layers();
    BigInteger sum = BigInteger.ZERO;
    for (int i = 0; i < layers.size(); i++) {
      BigInteger product = BigInteger.ONE;
      for (int j = i + 1; j < layers.size(); j++) {
        sum =
            sum.add(
                product
                    .multiply(BigInteger.valueOf(layers.get(i).units() - layers.get(i).active()))
                    .multiply(BigInteger.valueOf(layers.get(j).active())));
        product = product.multiply(BigInteger.valueOf(layers.get(j).units()));
      }
    }
    return sum;
  }

  private BigInteger measure(RandomNetwork drawn) {
    return measure(drawn.network(), drawn.counts());
  }

  private BigInteger measure(Network network, ActivityCounts counts) {
    return measure.measure(network, counts).paths();
  }

  private static ActivityCounts with(List<LayerActivity> layers, int chosen, long active) {
    List<LayerActivity> changed = new ArrayList<>(layers);
    LayerActivity old = layers.get(chosen);
    changed.set(chosen, active(old.layer(), old.units(), active));
    return counts(changed);
  }

  private static ActivityCounts counts(List<LayerActivity> layers) {
    return new ActivityCounts(ImmutableList.copyOf(layers), 1);
  }

  private static Layer maps(String name, long channels) {
    return new Layer(name, ImmutableList.of(4L, 4L, channels), 1, Layer.Role.COUNTED);
  }

  private static Layer layer(String name, long units) {
    return new Layer(name, units, 1);
  }

  private static LayerActivity active(String layer, long units, long active) {
    return new LayerActivity(layer, units, active, 0);
  }
}
