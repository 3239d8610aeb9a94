package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounter;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ExampleCounter;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.measure.MeanEmergence;
import org.tfemergence.emergence.measure.PathRule;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.testing.GraphRun;

/** A chain of maps, a sequence and a dense layer, with and without padding, over random batches. */
final class ExampleProbeTest {
  private static final List<Shape> SHAPES = List.of(Shape.of(2, 3, 4), Shape.of(5, 3), Shape.of(7));
  private static final Network NETWORK =
      Network.chain(List.of(layer(0, "maps"), layer(1, "sequence"), layer(2, "dense")));

  private final Random random = new Random(23);
  private final GraphRun run = new GraphRun();
  private final List<Placeholder<TFloat32>> activations = new ArrayList<>();
  private final List<Placeholder<TFloat32>> masks = new ArrayList<>();

  ExampleProbeTest() {
    for (Shape shape : SHAPES) {
      activations.add(placeholder(Shape.of(-1).append(shape)));
      masks.add(placeholder(Shape.of(-1).append(shape.take(shape.numDimensions() - 1))));
    }
  }

  @AfterEach
  void close() {
    run.close();
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#exampleRules")
  void accumulate_maskedBatches_equalsTheMeanOfEachExample(ExampleRule rule) {
    assertEqualsCounter(rule, LayerEmergence.PUBLISHED, true);
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#exampleRules")
  void accumulate_batchesWithoutPadding_equalsTheMeanOfEachExample(ExampleRule rule) {
    assertEqualsCounter(rule, LayerEmergence.PUBLISHED, false);
  }

  @ParameterizedTest
  @EnumSource
  void accumulate_everyPathRule_equalsTheMeanOfEachExample(PathRule paths) {
    assertEqualsCounter(new ExampleRule(0.125), new LayerEmergence(paths), true);
  }

  @Test
  void restart_oneExample_equalsTheMeanReducer() {
    ExampleRule rule = new ExampleRule(0.05);
    ExampleProbe probe = probe(rule, LayerEmergence.PUBLISHED, false);
    for (int i = 0; i < 20; i++) {
      Batch batch = new Batch(random, 1);
      ActivityCounter counter = ActivityCounter.of(rule.ofOne(), NETWORK.layers());
      for (int layer = 0; layer < SHAPES.size(); layer++) {
        counter.add(layer, batch.activations.get(layer));
      }
      ActivityCounts counts = counter.snapshot();
      Reading reading = fetch(probe, true, batch);

      assertThat(reading.counts()).isEqualTo(counts);
      assertClose(reading.log10(), LayerEmergence.PUBLISHED.measure(NETWORK, counts).log10());
    }
  }

  @Test
  void restart_examplesOfOppositeActivity_isNotTheEmergenceOfTheirMean() {
    // Each unit is active in one of two examples: 3 paths in each; by the mean all would be active.
    Network two = Network.chain(List.of(new Layer("a", 2, 0), new Layer("b", 3, 0)));
    Tap a = new Tap("a", run.constant(Shape.of(2, 2), 1, 0, 0, 1));
    Tap b = new Tap("b", run.constant(Shape.of(2, 3), 1, 1, 1, 1, 1, 1));
    ExampleProbe probe =
        ExampleProbe.build(
            run.tf(), List.of(a, b), new ExampleRule(0.05), two, LayerEmergence.PUBLISHED);

    assertThat(run.doubles(probe.log10AfterRestart())[0]).isCloseTo(Math.log10(3), within(1e-14));
  }

  @Test
  void restart_valuesAtTheThreshold_agreeWithTheCounter() {
    for (double theta : new double[] {0.05, 0.1, 0.25, 0.3}) {
      float at = (float) theta;
      float[] values = {at, Math.nextUp(at), Math.nextDown(at)};
      Network one = Network.chain(List.of(new Layer("a", 3, 0)));
      ExampleRule rule = new ExampleRule(theta);
      ExampleCounter counter = new ExampleCounter(rule, one.layers());
      counter.add(0, values);
      try (GraphRun own = new GraphRun()) {
        Tap tap = new Tap("a", own.constant(Shape.of(1, 3), values));
        ExampleProbe probe =
            ExampleProbe.build(own.tf(), List.of(tap), rule, one, LayerEmergence.PUBLISHED);
        try (Result result =
            own.session().runner().fetch(probe.restart()).fetch(probe.log10AfterRestart()).run()) {
          assertThat(probe.restart().read(result)).isEqualTo(counter.snapshot());
          assertThat(((TFloat64) result.get(1)).getDouble()).isEqualTo(Double.NEGATIVE_INFINITY);
        }
      }
    }
  }

  @Test
  void accumulate_twoProbesOnOneGraph_shareNothing() {
    ExampleProbe low = probe(new ExampleRule(0), LayerEmergence.PUBLISHED, false);
    ExampleProbe high = probe(new ExampleRule(0.25), LayerEmergence.PUBLISHED, false);
    Batch a = new Batch(random, 3);
    Batch b = new Batch(random, 2);

    fetch(low, true, a);
    fetch(high, true, b);

    assertReading(fetch(low, false, b), new ExampleRule(0), LayerEmergence.PUBLISHED, false, a, b);
    assertReading(
        fetch(high, false, a), new ExampleRule(0.25), LayerEmergence.PUBLISHED, false, b, a);
  }

  @Test
  void restart_nothingReal_isRefused() {
    ExampleProbe probe = probe(ExampleRule.DEFAULT, LayerEmergence.PUBLISHED, true);
    Batch batch = new Batch(random, 2);
    batch.masks.forEach(mask -> Arrays.fill(mask, false));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> fetch(probe, true, batch))
        .withMessage("examples must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fetch(probe, true, new Batch(random, 0)))
        .withMessage("examples must be at least 1, got 0");
  }

  @Test
  void restart_maskOfAnotherBatch_isRefused() {
    ExampleProbe probe = probe(ExampleRule.DEFAULT, LayerEmergence.PUBLISHED, true);
    Batch batch = new Batch(random, 3);
    batch.masks.set(1, new boolean[5]); // of one example, which could be broadcast

    assertThatExceptionOfType(TFInvalidArgumentException.class)
        .isThrownBy(() -> fetch(probe, true, batch))
        .withMessageContaining("reshape");
  }

  @Test
  void build_tapsOfOtherLayers_areRefused() {
    List<Tap> taps = List.of(new Tap("maps", activations.get(0)));

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ExampleProbe.build(
                    run.tf(), taps, ExampleRule.DEFAULT, NETWORK, LayerEmergence.PUBLISHED))
        .withMessage("taps must be of the network's layers [maps, sequence, dense], got [maps]");
  }

  /** What a run gives. */
  private record Reading(ActivityCounts counts, double log10) {}

  private void assertEqualsCounter(ExampleRule rule, LayerEmergence measure, boolean masked) {
    ExampleProbe probe = probe(rule, measure, masked);
    for (int pass = 0; pass < 8; pass++) {
      List<Batch> seen = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Batch batch = new Batch(random, 2 + random.nextInt(5));
        batch.pad(0);
        seen.add(batch);

        Reading reading = fetch(probe, i == 0, batch);
        assertReading(reading, rule, measure, masked, seen.toArray(Batch[]::new));
      }
    }
  }

  private static void assertReading(
      Reading reading, ExampleRule rule, LayerEmergence measure, boolean masked, Batch... batches) {
    ExampleCounter counter = new ExampleCounter(rule, NETWORK.layers());
    for (Batch batch : batches) {
      for (int i = 0; i < SHAPES.size(); i++) {
        if (masked) {
          counter.addMasked(i, batch.masks.get(i), batch.activations.get(i));
        } else {
          counter.add(i, batch.activations.get(i));
        }
      }
    }
    List<Emergence> examples =
        counter.examples().stream().map(one -> measure.measure(NETWORK, one)).toList();
    assertThat(reading.counts()).isEqualTo(counter.snapshot());
    assertClose(reading.log10(), MeanEmergence.of(examples).log10());
  }

  private static void assertClose(double actual, double expected) {
    if (Double.isInfinite(expected)) {
      assertThat(actual).isEqualTo(expected);
    } else {
      assertThat(actual).isCloseTo(expected, within(1e-12));
    }
  }

  private ExampleProbe probe(ExampleRule rule, LayerEmergence measure, boolean masked) {
    List<Tap> taps = new ArrayList<>();
    for (int i = 0; i < SHAPES.size(); i++) {
      Tap tap = new Tap(NETWORK.layers().get(i).name(), activations.get(i));
      taps.add(masked ? tap.masked(masks.get(i)) : tap);
    }
    return ExampleProbe.build(run.tf(), taps, rule, NETWORK, measure);
  }

  private Reading fetch(ExampleProbe probe, boolean first, Batch batch) {
    Readout<ActivityCounts> counts = first ? probe.restart() : probe.accumulate();
    Operand<TFloat64> log10 = first ? probe.log10AfterRestart() : probe.log10AfterAccumulate();
    List<TFloat32> fed = new ArrayList<>();
    try {
      Session.Runner runner = run.session().runner().fetch(counts).fetch(log10);
      for (int i = 0; i < SHAPES.size(); i++) {
        Shape shape = SHAPES.get(i);
        boolean[] real = batch.masks.get(i);
        long rows = real.length / positions(shape);
        float[] ones = new float[real.length];
        for (int j = 0; j < real.length; j++) {
          ones[j] = real[j] ? 1 : 0;
        }
        fed.add(GraphRun.tensor(Shape.of(batch.examples).append(shape), batch.activations.get(i)));
        runner.feed(activations.get(i), fed.get(fed.size() - 1));
        fed.add(
            GraphRun.tensor(Shape.of(rows).append(shape.take(shape.numDimensions() - 1)), ones));
        runner.feed(masks.get(i), fed.get(fed.size() - 1));
      }
      try (Result result = runner.run()) {
        return new Reading(counts.read(result), ((TFloat64) result.get(1)).getDouble());
      }
    } finally {
      fed.forEach(TFloat32::close);
    }
  }

  private Placeholder<TFloat32> placeholder(Shape shape) {
    return run.tf().placeholder(TFloat32.class, Placeholder.shape(shape));
  }

  private static Layer layer(int index, String name) {
    ImmutableList<Long> shape =
        Arrays.stream(SHAPES.get(index).asArray()).boxed().collect(ImmutableList.toImmutableList());
    return new Layer(name, shape, 0, Layer.Role.COUNTED);
  }

  private static int positions(Shape shape) {
    return (int) (shape.size() / shape.get(-1));
  }

  /** Activations in whole 64ths, now and then not finite, and what of them is padding. */
  private static final class Batch {
    final int examples;
    final List<float[]> activations = new ArrayList<>();
    final List<boolean[]> masks = new ArrayList<>();

    Batch(Random random, int examples) {
      this.examples = examples;
      for (Shape shape : SHAPES) {
        float[] values = new float[examples * (int) shape.size()];
        for (int i = 0; i < values.length; i++) {
          float drawn = (random.nextInt(65) - 24) / 64f;
          values[i] =
              switch (random.nextInt(150)) {
                case 0 -> Float.NaN;
                case 1 -> Float.POSITIVE_INFINITY;
                case 2 -> Float.NEGATIVE_INFINITY;
                default -> drawn;
              };
        }
        boolean[] real = new boolean[examples * positions(shape)];
        for (int i = 0; i < real.length; i++) {
          real[i] = random.nextInt(3) > 0;
        }
        activations.add(values);
        masks.add(real);
      }
    }

    /** Makes an example padding in all layers. */
    void pad(int example) {
      for (boolean[] mask : masks) {
        int positions = mask.length / examples;
        Arrays.fill(mask, example * positions, (example + 1) * positions, false);
      }
    }
  }
}
