package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableTable;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounter;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.DeadLayerWatch;
import org.tfemergence.emergence.activity.DeadUnits;
import org.tfemergence.emergence.activity.ExampleCounter;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Connections;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.measure.PathRule;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.emergence.testing.GraphRun;

/**
 * The same sentences, padded to their longest, and to more: nothing that is measured of them may
 * tell the difference.
 */
final class PaddingTest {
  private static final int[] SENTENCES = {3, 5, 2};
  private static final int LONGEST = 5;
  private static final int WIDTH = 4;

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#rules")
  void counts_paddedToAnyLength_areTheSame(ActivityRule rule) {
    Padded shortest = new Padded(LONGEST);
    ActivityCounts expected = shortest.counted(rule);

    assertThat(expected.layers().get(0).units())
        .isEqualTo(rule.granularity() == Granularity.CHANNELS ? WIDTH : LONGEST * WIDTH);
    for (int length : new int[] {LONGEST, LONGEST + 1, 9}) {
      Padded padded = new Padded(length);
      assertThat(padded.counted(rule)).isEqualTo(expected);
      try (GraphRun run = new GraphRun()) {
        ActivityProbe probe = ActivityProbe.build(run.tf(), padded.taps(run), rule);
        try (Result result = run.session().runner().fetch(probe.restart()).run()) {
          assertThat(probe.restart().read(result)).isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void emergenceOfCounts_paddedToAnyLength_isTheSame(PathRule paths) {
    LayerEmergence measure = new LayerEmergence(paths);
    Padded shortest = new Padded(LONGEST);
    double expected =
        measure.measure(shortest.network, shortest.counted(ActivityRule.DEFAULT)).log10();
    for (int length : new int[] {LONGEST, 9}) {
      Padded padded = new Padded(length);
      try (GraphRun run = new GraphRun()) {
        ActivityProbe probe = ActivityProbe.build(run.tf(), padded.taps(run), ActivityRule.DEFAULT);
        assertThat(
                run.doubles(LogEmergence.build(run.tf(), padded.network, measure, probe.restart()))[
                    0])
            .isCloseTo(expected, within(1e-12 * expected));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void emergenceOfExamples_paddedToAnyLength_isTheSame(PathRule paths) {
    List<Double> found = new ArrayList<>();
    List<ActivityCounts> counts = new ArrayList<>();
    for (int length : new int[] {LONGEST, 9}) {
      Padded padded = new Padded(length);
      ExampleCounter counter = new ExampleCounter(ExampleRule.DEFAULT, padded.network.layers());
      for (int i = 0; i < padded.values.size(); i++) {
        counter.addMasked(i, padded.real, padded.values.get(i));
      }
      counts.add(counter.snapshot());
      try (GraphRun run = new GraphRun()) {
        ExampleProbe probe =
            ExampleProbe.build(
                run.tf(),
                padded.taps(run),
                ExampleRule.DEFAULT,
                padded.network,
                new LayerEmergence(paths));
        try (Result result =
            run.session().runner().fetch(probe.restart()).fetch(probe.log10AfterRestart()).run()) {
          counts.add(probe.restart().read(result));
          found.add(((TFloat64) result.get(1)).getDouble());
        }
      }
    }

    assertThat(counts).containsOnly(counts.get(0));
    assertThat(counts.get(0).layers().get(0).units()).isEqualTo((3 + 5 + 2) * WIDTH);
    assertThat(found.get(0)).isFinite();
    assertThat(found.get(1)).isCloseTo(found.get(0), within(1e-12 * found.get(0)));
  }

  @ParameterizedTest
  @EnumSource
  void exactConnectivity_paddedToAnyLength_isTheSame(Passing passing) {
    Padded shortest = new Padded(LONGEST);
    double expected =
        new ExactEmergence(passing)
            .measure(shortest.network, shortest.activity(), Connections.ALL)
            .log10();
    assertThat(expected).isGreaterThan(3);
    for (int length : new int[] {LONGEST, LONGEST + 1, 9}) {
      Padded padded = new Padded(length);
      assertThat(
              new ExactEmergence(passing)
                  .measure(padded.network, padded.activity(), Connections.ALL)
                  .log10())
          .isEqualTo(expected);
      try (GraphRun run = new GraphRun()) {
        ActivityProbe probe = ActivityProbe.build(run.tf(), padded.taps(run), ActivityRule.DEFAULT);
        Operand<TFloat64> log10 =
            ConnectivitySweep.build(
                run.tf(), padded.network, passing, probe.activeAfterRestart(), ImmutableTable.of());
        assertThat(run.doubles(log10)[0]).isCloseTo(expected, within(1e-12 * expected));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void records_paddedToAnyLength_giveTheSameAlarms(Granularity granularity) {
    ActivityRule rule = ActivityRule.DEFAULT.withGranularity(granularity);
    List<List<DeadUnits>> dead = new ArrayList<>();
    for (int length : new int[] {LONGEST, 50}) {
      Padded padded = new Padded(length);
      try (GraphRun run = new GraphRun()) {
        UnitRecords records = UnitRecords.build(run.tf(), padded.taps(run), rule, 2);
        List<DeadUnits> last = List.of();
        for (int i = 0; i < 3; i++) {
          try (Result result =
              run.session().runner().fetch(records.observationAfterRestart().dead()).run()) {
            last = records.observationAfterRestart().dead().read(result);
          }
        }
        dead.add(last);
        assertThat(new DeadLayerWatch(1).observe(3, last)).isEmpty();
      }
    }

    assertThat(dead.get(1)).isEqualTo(dead.get(0));
    for (int i = 0; i < dead.get(0).size(); i++) {
      var counted = new Padded(LONGEST).counted(rule).layers().get(i);
      assertThat(dead.get(0).get(i))
          .isEqualTo(new DeadUnits(counted.layer(), counted.inactive(), counted.units()));
    }
  }

  /** One block of self-attention over sentences that are padded to a length, junk at padding. */
  private static final class Padded {
    final int length;
    final Network network;
    final boolean[] real;
    final List<float[]> values = new ArrayList<>();

    Padded(int length) {
      this.length = length;
      network = network();
      real = new boolean[SENTENCES.length * length];
      for (int i = 0; i < real.length; i++) {
        real[i] = i % length < SENTENCES[i / length];
      }
      Random random = new Random(7);
      for (int layer = 0; layer < network.layers().size(); layer++) {
        float[] sentences = new float[real.length * WIDTH];
        for (int i = 0; i < sentences.length; i++) {
          sentences[i] = real[i / WIDTH] ? (float) random.nextGaussian() : Float.NaN;
        }
        values.add(sentences);
      }
    }

    ActivityCounts counted(ActivityRule rule) {
      ActivityCounter counter = ActivityCounter.of(rule, network.layers());
      for (int i = 0; i < values.size(); i++) {
        counter.addMasked(i, real, values.get(i));
      }
      return counter.snapshot();
    }

    /* By ActivityRule.DEFAULT, straight from its words. */
    UnitActivity activity() {
      Map<String, Integer> units = new LinkedHashMap<>();
      Map<String, BitSet> active = new HashMap<>();
      Map<String, BitSet> padding = new HashMap<>();
      for (int i = 0; i < values.size(); i++) {
        BitSet on = new BitSet();
        BitSet none = new BitSet();
        for (int unit = 0; unit < length * WIDTH; unit++) {
          double sum = 0;
          int count = 0;
          for (int example = 0; example < SENTENCES.length; example++) {
            if (real[example * length + unit / WIDTH]) {
              sum += values.get(i)[example * length * WIDTH + unit];
              count++;
            }
          }
          on.set(unit, count > 0 && sum / count > 0.05);
          none.set(unit, count == 0);
        }
        String name = network.layers().get(i).name();
        units.put(name, length * WIDTH);
        active.put(name, on);
        padding.put(name, none);
      }
      return UnitActivity.of(units, active, SENTENCES.length).withPadding(padding);
    }

    List<Tap> taps(GraphRun run) {
      Operand<TBool> mask =
          run.tf()
              .reshape(
                  run.tf().constant(real), run.tf().constant(new int[] {SENTENCES.length, length}));
      List<Tap> taps = new ArrayList<>();
      for (int i = 0; i < values.size(); i++) {
        Operand<TFloat32> activations =
            run.constant(Shape.of(SENTENCES.length, length, WIDTH), values.get(i));
        taps.add(new Tap(network.layers().get(i).name(), activations).masked(mask));
      }
      return taps;
    }

    private Network network() {
      MutableValueGraph<Layer, Wiring> graph = ValueGraphBuilder.directed().build();
      Layer embedding = counted("embedding");
      Layer context = Layer.wiring("context", embedding.shape());
      Layer output = counted("output");
      Layer add = Layer.wiring("add", embedding.shape());
      for (String role : List.of("query", "key", "value")) {
        graph.putEdgeValue(embedding, counted(role), new Wiring.PerPosition());
        Reach reach = role.equals("query") ? Reach.SELF : Reach.ALL;
        graph.putEdgeValue(counted(role), context, new Attention(2, reach));
      }
      graph.putEdgeValue(context, output, new Wiring.PerPosition());
      graph.putEdgeValue(embedding, add, new Wiring.OneToOne(0));
      graph.putEdgeValue(output, add, new Wiring.OneToOne(0));
      graph.putEdgeValue(add, counted("logits"), new Wiring.PerPosition());
      return Network.of(graph);
    }

    private Layer counted(String name) {
      return new Layer(name, ImmutableList.of((long) length, (long) WIDTH), 1, Layer.Role.COUNTED);
    }
  }
}
