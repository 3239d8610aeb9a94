package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.GraphBuilder;
import com.google.common.graph.MutableGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.measure.PathRule;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.RandomNetwork;

final class LogEmergenceTest {
  @ParameterizedTest
  @EnumSource
  void build_smallRandomNetworks_equalsTheExactInteger(PathRule rule) {
    LayerEmergence measure = new LayerEmergence(rule);
    Random random = new Random(6);
    try (GraphRun run = new GraphRun()) {
      List<Operand<TFloat64>> built = new ArrayList<>();
      List<Double> expected = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        RandomNetwork drawn =
            i % 2 == 0 ? RandomNetwork.chain(random, 8, 9) : RandomNetwork.dag(random, 8, 9);
        built.add(build(run, measure, drawn.network(), drawn.counts()));
        expected.add(measure.measure(drawn.network(), drawn.counts()).log10());
      }

      assertThat(expected).contains(Double.NEGATIVE_INFINITY); // some have no path at all
      assertClose(run.doubles(run.tf().stack(built)), expected);
    }
  }

  @Test
  void build_deepNetworks_equalsTheExactInteger() {
    Random random = new Random(7);
    try (GraphRun run = new GraphRun()) {
      List<Operand<TFloat64>> built = new ArrayList<>();
      List<Double> expected = new ArrayList<>();
      for (int depth : new int[] {50, 120, 300}) {
        List<Layer> layers = new ArrayList<>();
        ImmutableList.Builder<LayerActivity> activity = ImmutableList.builder();
        for (int i = 0; i < depth; i++) {
          int units = 1 + random.nextInt(100_000);
          layers.add(new Layer("layer" + i, units, 1));
          activity.add(new LayerActivity("layer" + i, units, random.nextInt(units + 1), 0));
        }
        ActivityCounts counts = new ActivityCounts(activity.build(), 1);
        Network network = Network.chain(layers);
        built.add(build(run, LayerEmergence.PUBLISHED, network, counts));
        expected.add(exact(network, counts));
      }

      assertThat(expected.get(2)).isGreaterThan(400); // beyond what a double holds
      assertClose(run.doubles(run.tf().stack(built)), expected);
    }
  }

  @Test
  void build_allOrNoneActive_isNegativeInfinity() {
    Network network =
        Network.chain(List.of(new Layer("a", 3, 1), new Layer("b", 4, 1), new Layer("c", 5, 1)));
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat64> none =
          LogEmergence.build(
              run.tf(), network, LayerEmergence.PUBLISHED, vector(run, 0, 0, 0, 3, 4, 5));
      Operand<TFloat64> all =
          LogEmergence.build(
              run.tf(), network, LayerEmergence.PUBLISHED, vector(run, 3, 4, 5, 3, 4, 5));
      Operand<TFloat64> onlyFirst =
          LogEmergence.build(
              run.tf(), network, LayerEmergence.PUBLISHED, vector(run, 1, 0, 0, 3, 4, 5));
      Operand<TFloat64> oneLayer =
          LogEmergence.build(
              run.tf(),
              Network.chain(List.of(new Layer("a", 3, 1))),
              LayerEmergence.PUBLISHED,
              vector(run, 1, 3));

      assertThat(run.doubles(run.tf().stack(List.of(none, all, onlyFirst, oneLayer))))
          .containsOnly(Double.NEGATIVE_INFINITY);
    }
  }

  @ParameterizedTest
  @EnumSource
  void natural_manyActivities_equalsEachAlone(PathRule rule) {
    LayerEmergence measure = new LayerEmergence(rule);
    Random random = new Random(8);
    try (GraphRun run = new GraphRun()) {
      for (int i = 0; i < 12; i++) {
        Network network = RandomNetwork.dag(random, 6, 9).network();
        int layers = network.layers().size();
        double[][] counted = new double[2 * layers][5]; // [2 L, examples]
        List<Double> expected = new ArrayList<>();
        for (int example = 0; example < 5; example++) {
          ImmutableList.Builder<LayerActivity> activity = ImmutableList.builder();
          for (int layer = 0; layer < layers; layer++) {
            Layer of = network.layers().get(layer);
            int units = random.nextInt(9) == 0 ? 0 : (int) of.units(); // or padding
            int on = random.nextInt(units + 1);
            counted[layer][example] = on;
            counted[layers + layer][example] = units;
            activity.add(new LayerActivity(of.name(), units, on, 0));
          }
          expected.add(measure.measure(network, new ActivityCounts(activity.build(), 1)).log10());
        }
        Operand<TFloat64> built =
            LogEmergence.natural(run.tf(), network, measure, run.tf().constant(counted));

        double[] log10 = run.doubles(run.tf().math.div(built, run.tf().constant(Math.log(10))));
        assertClose(log10, expected);
      }
    }
  }

  @Test
  void build_longerVector_readsItsBeginning() {
    Network network = Network.chain(List.of(new Layer("a", 3, 1), new Layer("b", 4, 1)));
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat64> built =
          LogEmergence.build(
              run.tf(), network, LayerEmergence.PUBLISHED, vector(run, 1, 3, 3, 4, 99, 98, 97));

      assertThat(run.doubles(built)[0]).isCloseTo(Math.log10(2 * 3), within(1e-14));
    }
  }

  @Test
  void build_channels_countsThemForUnits() {
    Network network = Network.chain(List.of(maps("a", 3), maps("b", 5), maps("c", 2)));
    ActivityCounts counts =
        new ActivityCounts(
            ImmutableList.of(
                new LayerActivity("a", 3, 1, 0),
                new LayerActivity("b", 5, 2, 0),
                new LayerActivity("c", 2, 1, 0)),
            1,
            Granularity.CHANNELS);
    try (GraphRun run = new GraphRun()) {
      double[] log10 = run.doubles(build(run, LayerEmergence.PUBLISHED, network, counts));

      // From a's 2 inactive to b's 2 active, to c's over b's 5; from b's 3 to c's 1.
      assertThat(log10[0]).isCloseTo(Math.log10(2 * 2 + 2 * 5 + 3), within(1e-14));
      assertThat(exact(network, counts)).isCloseTo(log10[0], within(1e-14));
    }
  }

  /* Linear in the layers: as many operations more for each hundred. */
  @Test
  void build_moreLayers_addsOperationsInProportion() {
    int[] operations = new int[3];
    for (int i = 0; i < 3; i++) {
      int layers = 100 * (i + 1);
      MutableGraph<Layer> wiring = GraphBuilder.directed().build();
      for (int layer = 1; layer < layers; layer++) {
        for (int before = 1; before <= Math.min(layer, 3); before++) { // with skips
          wiring.putEdge(new Layer("l" + (layer - before), 2, 1), new Layer("l" + layer, 2, 1));
        }
      }
      try (GraphRun run = new GraphRun()) {
        Readout<ActivityCounts> counts = vector(run, new double[2 * layers]);
        int before = run.operations();
        LogEmergence.build(run.tf(), Network.of(wiring), LayerEmergence.FILTERS, counts);
        operations[i] = run.operations() - before;
      }
    }
    assertThat(operations[2] - operations[1]).isEqualTo(operations[1] - operations[0]);
  }

  private static Layer maps(String name, long channels) {
    return new Layer(name, ImmutableList.of(4L, 4L, channels), 1, Layer.Role.COUNTED);
  }

  private static Operand<TFloat64> build(
      GraphRun run, LayerEmergence measure, Network network, ActivityCounts counts) {
    return LogEmergence.build(
        run.tf(),
        network,
        measure,
        vector(
            run,
            Stream.concat(
                    counts.layers().stream().map(LayerActivity::active),
                    counts.layers().stream().map(LayerActivity::units))
                .mapToDouble(Long::doubleValue)
                .toArray()));
  }

  private static Readout<ActivityCounts> vector(GraphRun run, double... values) {
    return counts(run.tf().constant(values));
  }

  /* Not to be read: only the graph is looked at. */
  private static Readout<ActivityCounts> counts(Operand<TFloat64> vector) {
    return Readout.of(vector, values -> new ActivityCounts(ImmutableList.of(), 1));
  }

  private static double exact(Network network, ActivityCounts counts) {
    return LayerEmergence.PUBLISHED.measure(network, counts).log10();
  }

  private static void assertClose(double[] actual, List<Double> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      double wanted = expected.get(i);
      if (Double.isInfinite(wanted)) {
        assertThat(actual[i]).isEqualTo(wanted);
      } else {
        assertThat(actual[i]).isCloseTo(wanted, within(1e-12 * Math.max(1, wanted)));
      }
    }
  }
}
