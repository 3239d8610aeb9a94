package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Booleans;
import com.google.common.primitives.Floats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;
import org.tfemergence.emergence.activity.ActivityCounter;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.activity.Sign;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.testing.GraphRun;

/** Positions, padding and the choices of a rule, each layer of rank 2, 3 and 4. */
final class MaskedActivityProbeTest {
  /** The units of each layer: dense, a sequence of 5 positions, maps of 2 x 3. */
  private static final List<Shape> SHAPES = List.of(Shape.of(7), Shape.of(5, 3), Shape.of(2, 3, 4));

  private final Random random = new Random(21);
  private final GraphRun run = new GraphRun();
  private final List<Placeholder<TFloat32>> activations = new ArrayList<>();
  private final List<Placeholder<TBool>> masks = new ArrayList<>();

  MaskedActivityProbeTest() {
    for (Shape shape : SHAPES) {
      activations.add(placeholder(TFloat32.class, Shape.of(-1).append(shape)));
      masks.add(placeholder(TBool.class, Shape.of(-1).append(shape.take(rank(shape) - 1))));
    }
  }

  @AfterEach
  void close() {
    run.close();
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#rules")
  void accumulate_everyRankAndMask_equalsTheCounter(ActivityRule rule) {
    List<Tap> taps = new ArrayList<>();
    for (int i = 0; i < SHAPES.size(); i++) {
      Tap plain = new Tap("plain" + i, activations.get(i));
      Operand<TFloat32> floats = run.tf().dtypes.cast(masks.get(i), TFloat32.class);
      taps.add(plain);
      taps.add(new Tap("bool" + i, activations.get(i)).masked(masks.get(i)));
      taps.add(new Tap("float" + i, activations.get(i)).masked(floats));
    }
    ActivityProbe probe = ActivityProbe.build(run.tf(), taps, rule);
    for (int pass = 0; pass < 12; pass++) {
      List<Batch> seen = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        seen.add(new Batch(random, 1 + random.nextInt(5)));
        Readout<ActivityCounts> output = i == 0 ? probe.restart() : probe.accumulate();

        assertThat(fetch(output, seen.get(i))).isEqualTo(direct(rule, seen));
      }
      assertThat(fetch(probe.restart(), new Batch(seen))).isEqualTo(direct(rule, seen));
    }
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void restart_unitThatIsAlwaysPadding_isNoneWhateverStandsThere(Reducer reducer) {
    Operand<TFloat32> values = run.constant(Shape.of(2, 3, 1), 1, 5, Float.NaN, 1, 5, 5);
    Operand<TFloat32> real = run.constant(Shape.of(2, 3), 1, 0, 0, 1, 1, 0);
    Tap tap = new Tap("sequence", values).masked(real);
    ActivityProbe probe =
        ActivityProbe.build(run.tf(), List.of(tap), new ActivityRule(reducer, -1e300));

    assertThat(fetch(probe.restart(), new Batch(random, 1)).layers())
        .containsExactly(new LayerActivity("sequence", 2, 2, 0));
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void restart_valuesBelowANegativeThreshold_areNotRaisedByPadding(Reducer reducer) {
    Operand<TFloat32> values = run.constant(Shape.of(2, 2, 1), -1, -1, 3, -1);
    Operand<TFloat32> real = run.constant(Shape.of(2, 2), 1, 0, 0, 1);
    Tap tap = new Tap("sequence", values).masked(real);
    ActivityRule rule = new ActivityRule(reducer, -0.5);
    ActivityProbe units = ActivityProbe.build(run.tf(), List.of(tap), rule);
    ActivityProbe channels =
        ActivityProbe.build(run.tf(), List.of(tap), rule.withGranularity(Granularity.CHANNELS));

    assertThat(fetch(units.restart(), new Batch(random, 1)).layers())
        .containsExactly(new LayerActivity("sequence", 2, 0, 0));
    assertThat(fetch(channels.restart(), new Batch(random, 1)).layers())
        .containsExactly(new LayerActivity("sequence", 1, 0, 0));
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#rules")
  void restart_oneExampleAtTheThreshold_agreesWithTheCounter(ActivityRule choices) {
    for (double theta : new double[] {0.05, 0.1, 0.25, 0.3}) {
      float at = (float) theta;
      float[] values = {at, Math.nextUp(at), Math.nextDown(at), -at, -Math.nextUp(at), 0};
      ActivityRule rule =
          new ActivityRule(choices.reducer(), theta, choices.sign(), choices.granularity());
      Layer layer = new Layer("maps", ImmutableList.of(1L, 1L, 6L), 0, Layer.Role.COUNTED);
      ActivityCounter counter = ActivityCounter.of(rule, List.of(layer));
      counter.add(0, values);
      try (GraphRun own = new GraphRun()) {
        Tap tap = new Tap("maps", own.constant(Shape.of(1, 1, 1, 6), values));
        ActivityProbe probe = ActivityProbe.build(own.tf(), List.of(tap), rule);
        try (Result result = own.session().runner().fetch(probe.restart()).run()) {
          assertThat(probe.restart().read(result)).isEqualTo(counter.snapshot());
        }
      }
    }
  }

  @Test
  void restart_maskOfAnotherBatch_isRefused() {
    Tap tap = new Tap("sequence", activations.get(1)).masked(masks.get(1));
    ActivityProbe probe = ActivityProbe.build(run.tf(), List.of(tap), ActivityRule.DEFAULT);
    Batch batch = new Batch(random, 3);
    batch.masks.set(1, new boolean[5]); // of one example, which could be broadcast

    assertThatExceptionOfType(TFInvalidArgumentException.class)
        .isThrownBy(() -> fetch(probe.restart(), batch))
        .withMessageContaining("reshape");
  }

  @Test
  void build_meanWithoutChoices_readsActivationsOnceAsTheyAre() {
    ActivityProbe.build(
        run.tf(), List.of(new Tap("maps", activations.get(2))), ActivityRule.DEFAULT);

    GraphOperation tapped = (GraphOperation) activations.get(2).op();
    assertThat(tapped.consumers())
        .extracting(GraphOperation::type)
        .containsExactlyInAnyOrder("Sum", "Shape");
    List<String> types = new ArrayList<>();
    run.graph().operations().forEachRemaining(op -> types.add(op.type()));
    assertThat(types).doesNotContain("SelectV2", "Abs", "Max");
    assertThat(types).filteredOn("VarHandleOp"::equals).hasSize(2);
  }

  @Test
  void tap_unfitMask_isRefused() {
    Tap tap = new Tap("sequence", placeholder(TFloat32.class, Shape.of(8, 5, 3)));
    String expected = "tap of layer 'sequence': expected a mask [8, 5] of bool or float32, got ";

    for (Shape shape :
        List.of(
            Shape.of(8, 4),
            Shape.of(7, 5),
            Shape.of(8, -1),
            Shape.of(8, 5, 3),
            Shape.of(8),
            Shape.scalar(),
            Shape.unknown())) {
      Operand<TBool> mask = placeholder(TBool.class, shape);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> tap.masked(mask))
          .withMessage(expected + shape + " of TBool");
    }
    Operand<TInt32> whole = placeholder(TInt32.class, Shape.of(8, 5));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tap.masked(whole))
        .withMessage(expected + "[8, 5] of TInt32");
    assertThat(tap.masked(placeholder(TBool.class, Shape.of(-1, 5))).mask()).isPresent();
    assertThat(tap.units(Granularity.CHANNELS)).isEqualTo(3);
    assertThat(tap.units(Granularity.UNITS)).isEqualTo(15);
  }

  @Test
  void restart_emptyBatch_isRefused() {
    ActivityRule rule =
        new ActivityRule(Reducer.share(0.5), 0, Sign.ABSOLUTE, Granularity.CHANNELS);
    Tap tap = new Tap("sequence", activations.get(1)).masked(masks.get(1));
    ActivityProbe probe = ActivityProbe.build(run.tf(), List.of(tap), rule);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> fetch(probe.restart(), new Batch(random, 0)))
        .withMessage("examples must be at least 1, got 0");
  }

  private ActivityCounts fetch(Readout<ActivityCounts> output, Batch batch) {
    List<TType> fed = new ArrayList<>();
    try {
      Session.Runner runner = run.session().runner().fetch(output);
      for (int i = 0; i < SHAPES.size(); i++) {
        Shape shape = SHAPES.get(i);
        TFloat32 values =
            GraphRun.tensor(Shape.of(batch.examples).append(shape), batch.activations.get(i));
        fed.add(values);
        boolean[] real = batch.masks.get(i);
        long rows = real.length / positions(shape);
        TBool mask =
            TBool.tensorOf(
                Shape.of(rows).append(shape.take(rank(shape) - 1)), DataBuffers.of(real));
        fed.add(mask);
        runner.feed(activations.get(i), values).feed(masks.get(i), mask);
      }
      try (Result result = runner.run()) {
        return output.read(result);
      }
    } finally {
      fed.forEach(TType::close);
    }
  }

  private static ActivityCounts direct(ActivityRule rule, List<Batch> batches) {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < SHAPES.size(); i++) {
      for (String kind : List.of("plain", "bool", "float")) {
        ImmutableList<Long> shape =
            Arrays.stream(SHAPES.get(i).asArray()).boxed().collect(ImmutableList.toImmutableList());
        layers.add(new Layer(kind + i, shape, 0, Layer.Role.COUNTED));
      }
    }
    ActivityCounter counter = ActivityCounter.of(rule, layers);
    for (Batch batch : batches) {
      for (int i = 0; i < SHAPES.size(); i++) {
        counter.add(3 * i, batch.activations.get(i));
        counter.addMasked(3 * i + 1, batch.masks.get(i), batch.activations.get(i));
        counter.addMasked(3 * i + 2, batch.masks.get(i), batch.activations.get(i));
      }
    }
    return counter.snapshot();
  }

  private <T extends TType> Placeholder<T> placeholder(Class<T> type, Shape shape) {
    return run.tf().placeholder(type, Placeholder.shape(shape));
  }

  private static int rank(Shape shape) {
    return shape.numDimensions();
  }

  private static int positions(Shape shape) {
    return (int) (shape.size() / shape.get(-1));
  }

  /** A batch of activations in whole 64ths, now and then not finite, and what of it is padding. */
  private static final class Batch {
    final int examples;
    final List<float[]> activations = new ArrayList<>();
    final List<boolean[]> masks = new ArrayList<>();

    Batch(Random random, int examples) {
      this.examples = examples;
      for (Shape shape : SHAPES) {
        float[] values = new float[examples * (int) shape.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = random.nextInt(150) == 0 ? Float.NaN : (random.nextInt(65) - 24) / 64f;
        }
        boolean[] real = new boolean[examples * positions(shape)];
        for (int i = 0; i < real.length; i++) {
          real[i] = random.nextInt(3) > 0;
        }
        activations.add(values);
        masks.add(real);
      }
    }

    Batch(List<Batch> joined) {
      examples = joined.stream().mapToInt(batch -> batch.examples).sum();
      for (int i = 0; i < SHAPES.size(); i++) {
        int layer = i;
        activations.add(
            Floats.concat(
                joined.stream().map(b -> b.activations.get(layer)).toArray(float[][]::new)));
        masks.add(
            Booleans.concat(
                joined.stream().map(b -> b.masks.get(layer)).toArray(boolean[][]::new)));
      }
    }
  }
}
