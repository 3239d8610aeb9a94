package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounter;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.DeadUnits;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.activity.Sign;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.TwoDevices;

/**
 * Records against a memory in Java: for each unit the batches of its last observations, and the
 * counter's verdict on each.
 */
final class UnitRecordsTest {
  private static final int UNITS = 6;
  private static final ActivityRule FIRES = new ActivityRule(Reducer.max(), 0);

  private final Random random = new Random(9);
  private GraphRun run;
  private Placeholder<TFloat32> input;

  @BeforeEach
  void open() {
    run = new GraphRun();
    input = run.tf().placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 3, 2)));
  }

  @AfterEach
  void close() {
    run.close();
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.emergence.testing.ActivityRules#rules")
  void whole_anyRule_countsWhatTheCounterNeverFoundActive(ActivityRule rule) {
    UnitRecords records = UnitRecords.build(run.tf(), List.of(tap()), rule, 3);
    int[] idle = new int[(int) tap().units(rule.granularity())];
    int sometimes = 0;
    for (int step = 0; step < 25; step++) {
      float[] batch = draw(4);
      remember(idle, rule, batch);
      Observed seen = observe(records.observationAfterRestart(), batch);

      assertThat(seen.idle).isEqualTo(Ints.asList(idle));
      assertThat(seen.dead)
          .containsExactly(
              new DeadUnits("a", Arrays.stream(idle).filter(i -> i >= 3).count(), idle.length));
      sometimes += seen.dead.get(0).dead() > 0 ? 1 : 0;
    }
    assertThat(sometimes).isPositive();
  }

  @Test
  void end_severalBatches_isOneObservationOfAll() {
    UnitRecords records = UnitRecords.build(run.tf(), List.of(tap()), FIRES, 2);
    int[] idle = new int[UNITS];
    for (int pass = 0; pass < 8; pass++) {
      float[] first = draw(1);
      float[] second = draw(1);
      float[] third = draw(2);
      remember(idle, FIRES, first, second, third);

      assertThat(examples(records.restart(), first)).isEqualTo(1);
      assertThat(examples(records.accumulate(), second)).isEqualTo(2);
      assertThat(observe(records.observationAfterAccumulate(), third).idle)
          .isEqualTo(Ints.asList(idle));
    }
  }

  @Test
  void whole_emptyBatch_changesNothing() {
    UnitRecords records = UnitRecords.build(run.tf(), List.of(tap()), FIRES, 1);
    List<Integer> before =
        observe(records.observationAfterRestart(), new float[] {1, 0, 1, 0, 1, 0}).idle;

    assertThat(before).containsExactly(0, 1, 0, 1, 0, 1);
    assertThat(observe(records.observationAfterRestart()).idle).isEqualTo(before);
  }

  @Test
  void whole_valuesNotFinite_areNotActive() {
    UnitRecords records = UnitRecords.build(run.tf(), List.of(tap()), FIRES, 1);
    float[] batch = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1, -1, 0};

    assertThat(observe(records.observationAfterRestart(), batch).idle)
        .containsExactly(1, 1, 1, 0, 1, 1);
  }

  @Test
  void whole_anUnitThatWakes_isNoLongerDead() {
    UnitRecords records = UnitRecords.build(run.tf(), List.of(tap()), FIRES, 2);
    float[] none = new float[UNITS];
    float[] last = {0, 0, 0, 0, 0, 1};

    assertThat(observe(records.observationAfterRestart(), none).dead.get(0).dead()).isZero();
    assertThat(observe(records.observationAfterRestart(), none).dead.get(0).wholeLayer()).isTrue();
    assertThat(observe(records.observationAfterRestart(), last).dead.get(0).dead()).isEqualTo(5);
    assertThat(observe(records.observationAfterRestart(), none).idle)
        .containsExactly(4, 4, 4, 4, 4, 1);
  }

  @Test
  void whole_functionBelowZero_isJudgedByMagnitude() {
    // A tanh far below zero works; by its value alone it would count as dead.
    ActivityRule magnitude = new ActivityRule(Reducer.max(), 0.05).withSign(Sign.ABSOLUTE);
    UnitRecords records = UnitRecords.build(run.tf(), List.of(tap()), magnitude, 1);

    assertThat(
            observe(
                    records.observationAfterRestart(),
                    new float[] {-0.9f, -0.04f, 0, 0.04f, 0.9f, -1})
                .idle)
        .containsExactly(0, 1, 1, 1, 0, 0);
  }

  @Test
  void whole_farPastTheWindow_standsStill() {
    UnitRecords records =
        UnitRecords.build(run.tf(), List.of(tap()), FIRES, UnitRecords.LONGEST_WINDOW);
    Weight idle = records.state().get(0);
    Operand<TFloat32> full = run.tf().fill(run.tf().array(3, 2), run.tf().constant(16777215f));
    run.run(idle.assign(run.tf(), full));

    for (int i = 0; i < 3; i++) {
      Observed seen = observe(records.observationAfterRestart(), new float[UNITS]);
      assertThat(seen.idle).containsOnly(1 << 24);
      assertThat(seen.dead.get(0).dead()).isEqualTo(UNITS);
    }
  }

  @Test
  void state_twoRecords_areApart() {
    UnitRecords first = UnitRecords.build(run.tf(), List.of(tap()), FIRES, 1);
    UnitRecords second =
        UnitRecords.build(run.tf(), List.of(tap()), FIRES.withGranularity(Granularity.CHANNELS), 1);
    observe(first.observationAfterRestart(), new float[UNITS]);

    assertThat(first.state().get(0).name()).isNotEqualTo(second.state().get(0).name());
    assertThat(first.state().get(0).shape()).isEqualTo(Shape.of(3, 2));
    assertThat(second.state().get(0).shape()).isEqualTo(Shape.of(2));
    assertThat(observe(second.observationAfterRestart(), new float[UNITS]).idle).containsOnly(1);
  }

  @Test
  void build_inAScopeWithDevice_runsThere() {
    try (GraphRun two = TwoDevices.graph()) {
      Ops there = TwoDevices.second(two.tf());
      Operand<TFloat32> drawn =
          there.random.randomUniform(there.constant(new int[] {64, 16}), TFloat32.class);
      UnitRecords records =
          UnitRecords.build(two.tf(), List.of(new Tap("a", there.nn.relu(drawn))), FIRES, 2);

      Map<String, String> devices =
          TwoDevices.placement(two, records.observationAfterRestart().dead());

      // Only what joins the layers' counts is left to TensorFlow.
      devices.keySet().removeIf(name -> name.contains("stack") || name.contains("Stack"));
      assertThat(devices).isNotEmpty();
      assertThat(devices.values()).allMatch(TwoDevices::isSecond);
    }
  }

  @Test
  void build_badArgument_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnitRecords.build(run.tf(), List.of(), FIRES, 1))
        .withMessage("records must have at least one tap");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnitRecords.build(run.tf(), List.of(tap(), tap()), FIRES, 1))
        .withMessage("layer 'a' is tapped twice");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, (1L << 24) + 1})
  void build_windowOutOfRange_isRefused(long window) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnitRecords.build(run.tf(), List.of(tap()), FIRES, window))
        .withMessage("window must be in [1, 16777216], got " + window);
  }

  private record Observed(List<DeadUnits> dead, List<Integer> idle) {}

  private Tap tap() {
    return new Tap("a", input);
  }

  /* Each unit, or channel, as a layer of its own. */
  private static void remember(int[] idle, ActivityRule rule, float[]... batches) {
    int positions = UNITS / idle.length;
    Layer alone = new Layer("a", ImmutableList.of((long) positions, 1L), 0, Layer.Role.COUNTED);
    for (int unit = 0; unit < idle.length; unit++) {
      ActivityCounter counter = ActivityCounter.of(rule, List.of(alone));
      for (float[] batch : batches) {
        float[] values = new float[batch.length / idle.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = batch[i * idle.length + unit];
        }
        counter.add(0, values);
      }
      idle[unit] = counter.snapshot().layers().get(0).active() == 1 ? 0 : idle[unit] + 1;
    }
  }

  private double examples(Operand<TFloat64> output, float[] batch) {
    try (TFloat32 fed = feed(batch);
        Result result = run.session().runner().feed(input, fed).fetch(output).run()) {
      return ((TFloat64) result.get(0)).getDouble();
    }
  }

  private Observed observe(UnitRecords.Observation observation, float... batch) {
    try (TFloat32 fed = feed(batch)) {
      Session.Runner runner = run.session().runner().feed(input, fed).fetch(observation.dead());
      observation.idle().forEach(runner::fetch);
      try (Result result = runner.run()) {
        float[] values = GraphRun.floats((TFloat32) result.get(1));
        int[] idle = new int[values.length];
        for (int i = 0; i < idle.length; i++) {
          idle[i] = (int) values[i];
        }
        return new Observed(observation.dead().read(result), Ints.asList(idle));
      }
    }
  }

  private static TFloat32 feed(float... batch) {
    return GraphRun.tensor(Shape.of(batch.length / UNITS, 3, 2), batch);
  }

  /* Whole 64ths, which add up exactly in float32; mostly zero. */
  private float[] draw(int examples) {
    float[] values = new float[examples * UNITS];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(4) > 0 ? 0 : (random.nextInt(65) - 30) / 64f;
    }
    return values;
  }
}
