package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.activity.ActivityCounter;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.testing.GraphRun;

final class ActivityProbeTest {
  private static final int DENSE = 37;
  private static final int MAPS = 4 * 5 * 3;

  private final Random random = new Random(5);
  private GraphRun run;
  private Placeholder<TFloat32> dense;
  private Placeholder<TFloat32> maps;

  @BeforeEach
  void open() {
    run = new GraphRun();
    dense = placeholder(Shape.of(-1, DENSE));
    maps = placeholder(Shape.of(-1, 4, 5, 3));
  }

  @AfterEach
  void close() {
    run.close();
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void restart_randomBatches_countEachBatchAlone(Reducer reducer) {
    ActivityRule rule = new ActivityRule(reducer, 0.05);
    ActivityProbe probe = probe(rule);
    for (int round = 0; round < 30; round++) {
      Batch batch = Batch.draw(random, 1 + random.nextInt(40));

      assertThat(fetch(probe.restart(), batch)).isEqualTo(direct(rule, batch));
    }
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void accumulate_severalBatches_equalsOneLargeBatch(Reducer reducer) {
    ActivityRule rule = new ActivityRule(reducer, 0.25);
    ActivityProbe probe = probe(rule);
    for (int pass = 0; pass < 8; pass++) {
      List<Batch> seen = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        seen.add(Batch.draw(random, 1 + random.nextInt(9)));
        Readout<ActivityCounts> output = i == 0 ? probe.restart() : probe.accumulate();

        assertThat(fetch(output, seen.get(i))).isEqualTo(direct(rule, seen.toArray(Batch[]::new)));
      }
      assertThat(fetch(probe.restart(), Batch.joined(seen)))
          .isEqualTo(direct(rule, seen.toArray(Batch[]::new)));
    }
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void restart_afterValuesThatAreNotFinite_forgetsThem(Reducer reducer) {
    ActivityRule rule = new ActivityRule(reducer, 0.05);
    ActivityProbe probe = probe(rule);
    Batch clean = Batch.draw(random, 3);
    Batch bad = Batch.draw(random, 3);
    bad.dense[4] = Float.NaN;
    bad.dense[5] = Float.POSITIVE_INFINITY;
    bad.dense[6] = Float.NEGATIVE_INFINITY;
    bad.dense[7] = Float.POSITIVE_INFINITY;
    bad.dense[7 + DENSE] = Float.NEGATIVE_INFINITY;
    bad.maps[MAPS + 9] = Float.NaN;

    ActivityCounts broken = fetch(probe.restart(), bad);
    assertThat(broken).isEqualTo(direct(rule, bad));
    assertThat(broken.nonFinite()).isEqualTo(5);
    assertThat(fetch(probe.accumulate(), clean)).isEqualTo(direct(rule, bad, clean));
    assertThat(fetch(probe.restart(), clean)).isEqualTo(direct(rule, clean));
    assertThat(fetch(probe.accumulate(), bad)).isEqualTo(direct(rule, clean, bad));
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void restart_valuesAtTheThreshold_agreesWithTheCounter(Reducer reducer) {
    for (double threshold : new double[] {0.05, 0.1, 0.25, 0.3}) {
      try (GraphRun own = new GraphRun()) {
        float at = (float) threshold;
        float[] values = {at, Math.nextUp(at), Math.nextDown(at)};
        ActivityRule rule = new ActivityRule(reducer, threshold);
        Tap tap = new Tap("dense", own.constant(Shape.of(1, 3), values));
        ActivityProbe probe = ActivityProbe.build(own.tf(), List.of(tap), rule);
        ActivityCounter counter = new ActivityCounter(rule, ImmutableList.of("dense"), 3);
        counter.add(0, values);

        assertThat(fetch(own, probe.restart())).isEqualTo(counter.snapshot());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void restart_negativeActivationsOnly_areInactiveAndFinite(Reducer reducer) {
    float[] values = {-1, -2, -Float.MAX_VALUE};
    Tap tap = new Tap("dense", run.constant(Shape.of(1, 3), values));
    ActivityProbe probe = ActivityProbe.build(run.tf(), List.of(tap), new ActivityRule(reducer, 0));

    assertThat(fetch(run, probe.restart()).layers())
        .containsExactly(new LayerActivity("dense", 3, 0, 0));
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void accumulate_arbitraryValues_equalsTheCounter(Reducer reducer) {
    ActivityRule rule = new ActivityRule(reducer, 0.05);
    ActivityProbe probe = probe(rule);
    List<Batch> seen = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Batch batch = Batch.draw(random, 1 + random.nextInt(3));
      for (float[] values : List.of(batch.dense, batch.maps)) {
        for (int j = 0; j < values.length; j++) {
          values[j] = (float) (random.nextGaussian() * Math.exp(3 * random.nextGaussian()));
        }
      }
      seen.add(batch);
      Readout<ActivityCounts> output = i == 0 ? probe.restart() : probe.accumulate();

      assertThat(fetch(output, batch)).isEqualTo(direct(rule, seen.toArray(Batch[]::new)));
    }
  }

  @Test
  void accumulate_manySmallValues_doesNotDriftOverTheThreshold() {
    int batches = 20_000;
    float value = 0.0499f;
    float drifting = 0; // what a sum in float32 would come to
    for (int i = 0; i < batches; i++) {
      drifting += value;
    }
    double threshold = (value + (double) drifting / batches) / 2;
    ActivityRule rule = new ActivityRule(Reducer.mean(), threshold);
    Tap tap = new Tap("dense", run.constant(Shape.of(1, 1), value));
    ActivityProbe probe = ActivityProbe.build(run.tf(), List.of(tap), rule);
    ActivityCounts counts = fetch(run, probe.restart());
    for (int i = 1; i < batches; i++) {
      counts = fetch(run, probe.accumulate());
    }

    assertThat(value > threshold).isNotEqualTo((double) drifting / batches > threshold);
    assertThat(counts.examples()).isEqualTo(batches);
    assertThat(counts.layers().get(0).active()).isEqualTo(value > threshold ? 1 : 0);
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void accumulate_beyondWhatFloat32Counts_countsOn(Reducer reducer) {
    long many = 1L << 24; // where a float32 would stand still
    Placeholder<TFloat32> ones = placeholder(Shape.of(-1, 1));
    Operand<TBool> real = run.tf().math.greater(first(ones), run.tf().constant(0f));
    Tap tap = new Tap("dense", ones).masked(real);
    ActivityProbe probe =
        ActivityProbe.build(run.tf(), List.of(tap), new ActivityRule(reducer, 0.5));
    try (TFloat32 first = TFloat32.tensorOf(Shape.of(many, 1), ActivityProbeTest::ones);
        TFloat32 second = GraphRun.tensor(Shape.of(3, 1), 1, 1, 0)) {
      run.session().runner().feed(ones, first).fetch(probe.restart()).run().close();
      try (Result result =
          run.session().runner().feed(ones, second).fetch(probe.accumulate()).run()) {
        assertThat(probe.accumulate().read(result).examples()).isEqualTo(many + 3);
      }
    }
  }

  @Test
  void accumulate_twoProbesOnOneGraph_shareNothing() {
    ActivityRule mean = new ActivityRule(Reducer.mean(), 0.05);
    ActivityRule max = new ActivityRule(Reducer.max(), 0.5);
    ActivityProbe first = probe(mean);
    ActivityProbe second = probe(max);
    ActivityProbe third = probe(mean);
    Batch a = Batch.draw(random, 4);
    Batch b = Batch.draw(random, 7);
    Batch c = Batch.draw(random, 2);

    fetch(first.restart(), a);
    fetch(second.restart(), b);
    fetch(third.restart(), c);

    assertThat(fetch(first.accumulate(), c)).isEqualTo(direct(mean, a, c));
    assertThat(fetch(second.accumulate(), a)).isEqualTo(direct(max, b, a));
    assertThat(fetch(third.accumulate(), b)).isEqualTo(direct(mean, c, b));
  }

  @Test
  void accumulate_twoProbesInOneRun_countTheSameBatch() {
    ActivityRule mean = new ActivityRule(Reducer.mean(), 0.05);
    ActivityProbe first = probe(mean);
    ActivityProbe second = probe(mean);
    Batch a = Batch.draw(random, 4);
    Batch b = Batch.draw(random, 7);
    fetch(first.restart(), a);

    try (TFloat32 x = GraphRun.tensor(Shape.of(b.examples, DENSE), b.dense);
        TFloat32 y = GraphRun.tensor(Shape.of(b.examples, 4, 5, 3), b.maps);
        Result result =
            run.session()
                .runner()
                .feed(dense, x)
                .feed(maps, y)
                .fetch(first.accumulate())
                .fetch(second.restart())
                .run()) {
      assertThat(first.accumulate().read(result)).isEqualTo(direct(mean, a, b));
      assertThat(second.restart().read(result)).isEqualTo(direct(mean, b));
    }
  }

  @Test
  void build_oncePerSubScope_addsTheSameOperationsEachTime() {
    int before = run.operations();
    probe(ActivityRule.DEFAULT);
    int once = run.operations() - before;
    probe(ActivityRule.DEFAULT);

    assertThat(run.operations() - before).isEqualTo(2 * once);
  }

  @Test
  void build_noTap_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivityProbe.build(run.tf(), List.of(), ActivityRule.DEFAULT))
        .withMessage("a probe must have at least one tap");
  }

  @Test
  void build_layerTappedTwice_isRefused() {
    List<Tap> twice = List.of(new Tap("same", dense), new Tap("same", maps));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivityProbe.build(run.tf(), twice, ActivityRule.DEFAULT))
        .withMessage("layer 'same' is tapped twice");
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#reducers")
  void restart_emptyBatch_isRefused(Reducer reducer) {
    ActivityProbe probe = probe(new ActivityRule(reducer, 0.05));
    Batch empty = new Batch(0, new float[0], new float[0]);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> fetch(probe.restart(), empty))
        .withMessage("examples must be at least 1, got 0");
  }

  @Test
  void tap_unknownDimension_isRefused() {
    assertThat(new Tap("maps", maps).units()).isEqualTo(MAPS);
    assertThat(new Tap("maps", maps).unitShape()).isEqualTo(Shape.of(4, 5, 3));
    for (Shape shape : List.of(Shape.of(-1, -1), Shape.of(4), Shape.scalar(), Shape.unknown())) {
      Placeholder<TFloat32> unfit = placeholder(shape);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Tap("hidden", unfit))
          .withMessage(
              "tap of layer 'hidden': expected [batch, ...] with known dimensions behind the first,"
                  + " got "
                  + shape);
    }
  }

  private ActivityProbe probe(ActivityRule rule) {
    return ActivityProbe.build(
        run.tf(), List.of(new Tap("dense", dense), new Tap("maps", maps)), rule);
  }

  private Placeholder<TFloat32> placeholder(Shape shape) {
    return run.tf().placeholder(TFloat32.class, Placeholder.shape(shape));
  }

  private ActivityCounts fetch(Readout<ActivityCounts> output, Batch batch) {
    try (TFloat32 x = GraphRun.tensor(Shape.of(batch.examples, DENSE), batch.dense);
        TFloat32 y = GraphRun.tensor(Shape.of(batch.examples, 4, 5, 3), batch.maps)) {
      Session.Runner runner = run.session().runner().feed(dense, x).feed(maps, y);
      try (Result result = runner.fetch(output).run()) {
        return output.read(result);
      }
    }
  }

  /* [batch, 1] -> [batch] */
  private Operand<TFloat32> first(Operand<TFloat32> column) {
    return run.tf().reshape(column, run.tf().constant(new int[] {-1}));
  }

  private static void ones(TFloat32 data) {
    float[] ones = new float[(int) data.size()];
    Arrays.fill(ones, 1);
    data.asRawTensor().data().asFloats().write(ones);
  }

  private static ActivityCounts fetch(GraphRun run, Readout<ActivityCounts> output) {
    try (Result result = run.session().runner().fetch(output).run()) {
      return output.read(result);
    }
  }

  private static ActivityCounts direct(ActivityRule rule, Batch... batches) {
    ActivityCounter counter =
        new ActivityCounter(rule, ImmutableList.of("dense", "maps"), DENSE, MAPS);
    for (Batch batch : batches) {
      counter.add(0, batch.dense);
      counter.add(1, batch.maps);
    }
    return counter.snapshot();
  }

  /** A batch of both layers' activations. */
  private static final class Batch {
    final int examples;
    final float[] dense;
    final float[] maps;

    Batch(int examples, float[] dense, float[] maps) {
      this.examples = examples;
      this.dense = dense;
      this.maps = maps;
    }

    /* Whole 64ths, which add up exactly in float32. */
    static Batch draw(Random random, int examples) {
      return new Batch(
          examples, draw64ths(random, examples * DENSE), draw64ths(random, examples * MAPS));
    }

    static Batch joined(List<Batch> batches) {
      int examples = batches.stream().mapToInt(batch -> batch.examples).sum();
      Batch all = new Batch(examples, new float[examples * DENSE], new float[examples * MAPS]);
      int from = 0;
      for (Batch batch : batches) {
        System.arraycopy(batch.dense, 0, all.dense, from * DENSE, batch.dense.length);
        System.arraycopy(batch.maps, 0, all.maps, from * MAPS, batch.maps.length);
        from += batch.examples;
      }
      return all;
    }

    private static float[] draw64ths(Random random, int size) {
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = (random.nextInt(65) - 30) / 64f;
      }
      return values;
    }
  }
}
