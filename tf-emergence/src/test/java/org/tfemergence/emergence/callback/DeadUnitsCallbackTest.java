package org.tfemergence.emergence.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.DeadLayerAlarm;
import org.tfemergence.emergence.activity.DeadUnits;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.TinyTraining;
import org.tfemergence.emergence.testing.TinyTraining.Kind;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.TrainingGraph;

final class DeadUnitsCallbackTest {
  /** So high that units of a small network are above it now and then only. */
  private static final ActivityRule RARE = new ActivityRule(Reducer.max(), 0.9);

  @ParameterizedTest
  @EnumSource
  void completed_trainingSteps_countsUnitsIdleForTheWindow(Kind kind) {
    // Steps 2, 4, 6, ... are looked at; five steps are three looks.
    DeadUnitsCallback callback =
        DeadUnitsCallback.builder().rule(RARE).everyTrainingSteps(2).window(5).build();
    try (TinyTraining training = new TinyTraining(kind, 31)) {
      training.attach(callback);
      Memory memory = new Memory(0.9f);
      for (int step = 1; step <= 30; step++) {
        float[][] seen = training.update(2);
        if (step % 2 == 0) {
          memory.look(List.<float[][]>of(seen));
          assertThat(counts(callback)).isEqualTo(memory.counts(3));
        }
      }
      assertThat(memory.dead(3).stream().mapToInt(List::size).sum()).isPositive();
    }
  }

  @Test
  void completed_evaluationPasses_areOneLookEach() {
    DeadUnitsCallback callback = DeadUnitsCallback.builder().rule(RARE).window(2).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 32)) {
      training.attach(callback);
      Memory memory = new Memory(0.9f);
      for (int pass = 0; pass < 6; pass++) {
        training.update(3);
        memory.look(training.evaluate(2, 1, 1));
        assertThat(counts(callback)).isEqualTo(memory.counts(2));
      }
    }
  }

  @Test
  void listener_layerDies_hearsOnceAndOfAllAgain() {
    List<DeadLayerAlarm> heard = new ArrayList<>();
    DeadUnitsCallback callback =
        DeadUnitsCallback.builder().everyTrainingSteps(1).listener(heard::add).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 33)) {
      training.attach(callback);
      Weight bias = training.graph().weights().get(3);
      assertThat(bias.name()).isEqualTo("second_bias");
      GraphRun run = training.run();
      Operand<TFloat32> half = run.constant(Shape.of(7), 9, 9, 9, 9, -99, -99, -99);
      Operand<TFloat32> none = run.constant(Shape.of(7), -99, -99, -99, -99, -99, -99, -99);
      var killHalf = bias.assign(run.tf(), half);
      var killAll = bias.assign(run.tf(), none);

      run.run(killHalf);
      training.update(50);
      training.update(50);
      run.run(killAll);
      training.update(50);
      training.update(50);
    }

    heard.removeIf(alarm -> !alarm.units().layer().equals("second"));
    assertThat(heard)
        .containsExactly(
            new DeadLayerAlarm(1, new DeadUnits("second", 3, 7)),
            new DeadLayerAlarm(3, new DeadUnits("second", 7, 7)));
  }

  @Test
  void ask_once_tellsWhichWithTheNextLook() {
    List<ImmutableMap<String, ImmutableIntArray>> reports = new ArrayList<>();
    DeadUnitsCallback callback =
        DeadUnitsCallback.builder().rule(RARE).everyTrainingSteps(2).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 34)) {
      training.attach(callback);
      training.update(1);
      training.update(1);
      callback.ask(reports::add);
      training.update(1);
      assertThat(reports).isEmpty();
      Memory memory = new Memory(0.9f);
      memory.look(List.<float[][]>of(training.update(1)));
      training.update(1);
      training.update(1);

      assertThat(reports).hasSize(1);
      assertThat(reports.get(0).keySet()).containsExactly("first", "second", "logits");
      assertThat(
              reports.get(0).values().stream()
                  .<List<Integer>>map(ImmutableIntArray::asList)
                  .toList())
          .isEqualTo(memory.dead(1));
    }
  }

  @Test
  void state_ofACallback_isAVariablePerLayer() {
    DeadUnitsCallback callback = DeadUnitsCallback.builder().build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 35)) {
      training.attach(callback);

      assertThat(callback.state())
          .extracting(Weight::shape)
          .containsExactly(Shape.of(9), Shape.of(7), Shape.of(3));
      assertThat(callback.layers()).isEmpty();
    }
  }

  @Test
  void restoreHostState_ofAnother_doesNotTellAgain() {
    List<DeadLayerAlarm> before = new ArrayList<>();
    List<DeadLayerAlarm> after = new ArrayList<>();
    List<DeadLayerAlarm> fresh = new ArrayList<>();
    DeadUnitsCallback first = everyStep(before::add);
    DeadUnitsCallback resumed = everyStep(after::add);
    DeadUnitsCallback anew = everyStep(fresh::add);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 38)) {
      training.attach(first);
      kill(training);
      training.update(50);
      training.update(50);
    }
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 38)) {
      training.attach(resumed);
      training.attach(anew);
      resumed.restoreHostState(first.hostState());
      assertThat(resumed.hostState()).isEqualTo(first.hostState());
      kill(training);
      training.update(50);
    }

    assertThat(before).extracting(DeadLayerAlarm::units).contains(new DeadUnits("second", 7, 7));
    assertThat(fresh).extracting(DeadLayerAlarm::units).contains(new DeadUnits("second", 7, 7));
    assertThat(after).extracting(alarm -> alarm.units().layer()).doesNotContain("second");
  }

  @Test
  void restoreHostState_damagedOrOfAnotherCallback_isRefused() {
    DeadUnitsCallback callback = everyStep(alarm -> {});
    DeadUnitsCallback other =
        DeadUnitsCallback.builder().everyTrainingSteps(1).bound(0.5).name("half").build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 39)) {
      training.attach(callback);
      training.attach(other);
      kill(training);
      training.update(20);
    }
    ByteString saved = callback.hostState();

    for (int i = 0; i < saved.size(); i++) {
      byte[] damaged = saved.toByteArray();
      damaged[i] ^= 1;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> callback.restoreHostState(ByteString.copyFrom(damaged)))
          .withMessageStartingWith("callback 'dead_units': found ");
    }
    for (int length = 0; length < saved.size(); length++) {
      ByteString cut = saved.substring(0, length);
      assertThatIllegalArgumentException().isThrownBy(() -> callback.restoreHostState(cut));
    }
    assertThat(callback.hostState()).isEqualTo(saved);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> other.restoreHostState(saved))
        .withMessage(
            "callback 'half' watches a share of 0.5 without max activation > 0.0 in 1"
                + " observations; got what was told of a share of 0.1 without max activation >"
                + " 0.0 in 1 observations");
    DeadUnitsCallback unattached = everyStep(alarm -> {});
    assertThatIllegalStateException().isThrownBy(() -> unattached.restoreHostState(saved));
  }

  @Test
  void restoreHostState_ofAnotherWindowOrRule_isRefused() {
    DeadUnitsCallback callback = DeadUnitsCallback.builder().build();
    DeadUnitsCallback longer = DeadUnitsCallback.builder().window(2).name("longer").build();
    DeadUnitsCallback rare = DeadUnitsCallback.builder().rule(RARE).name("rare").build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 40)) {
      List.of(callback, longer, rare).forEach(training::attach);
    }

    for (DeadUnitsCallback other : List.of(longer, rare)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> other.restoreHostState(callback.hostState()))
          .withMessageStartingWith(
              "callback '" + other.name() + "' watches a share of 0.1 without ");
    }
  }

  @Test
  void completed_probeBatch_looksAtTheSameExamplesEachTime() {
    float[] pixels = {1, -2, 0.5f, 3, -1, 2, -0.5f, 1, 1, 0, 2, -3};
    Sampling sampling =
        Sampling.probe(ProbeBatch.of("input", Shape.of(2, 6), pixels), Every.steps(2));
    DeadUnitsCallback callback =
        DeadUnitsCallback.builder().rule(RARE).sampling(sampling).window(4).build();
    List<EmergenceReading> mean = new ArrayList<>();
    EmergenceCallback counts =
        EmergenceCallback.builder().rule(RARE).sampling(sampling).listener(mean::add).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 41)) {
      training.attach(callback);
      training.attach(counts);
      List<long[]> inactive = new ArrayList<>();
      for (int step = 1; step <= 12; step++) {
        training.update(3);
        training.probe();
        if (step % 2 == 0) {
          inactive.add(
              mean.get(mean.size() - 1).counts().layers().stream()
                  .mapToLong(LayerActivity::inactive)
                  .toArray());
        }
      }

      // Dead in the last two looks is inactive in the last; on a batch that stays, seldom less.
      long[] last = inactive.get(inactive.size() - 1);
      assertThat(inactive).hasSize(6);
      for (int i = 0; i < last.length; i++) {
        assertThat(callback.layers().get(i).dead()).isBetween(0L, last[i]);
      }
      assertThat(callback.layers().stream().mapToLong(DeadUnits::dead).sum()).isPositive();
    }
  }

  @Test
  void completed_beforeNormalization_readsTheKernelsOutput() {
    DeadUnitsCallback before =
        DeadUnitsCallback.builder().tapPoint(TapPoint.BEFORE_NORMALIZATION).build();
    DeadUnitsCallback behind = DeadUnitsCallback.builder().name("behind").build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 42)) {
      TrainingGraph graph = training.normalized();
      training.attach(before, graph);
      training.attach(behind, graph);
      training.evaluate(20);

      assertThat(counts(before).get(0)).isEqualTo(9);
      assertThat(counts(behind).get(0)).isLessThan(9);
      assertThat(counts(before).subList(1, 3)).isEqualTo(counts(behind).subList(1, 3));
    }
  }

  @Test
  void attach_theCallback_leavesTheTrainingBitIdentical() {
    try (TinyTraining plain = new TinyTraining(Kind.REFERENCE, 36);
        TinyTraining watched = new TinyTraining(Kind.REFERENCE, 36)) {
      watched.attach(DeadUnitsCallback.builder().everyTrainingSteps(1).build());
      int attached = watched.run().operations();
      for (int i = 0; i < 10; i++) {
        plain.update(8);
        watched.update(8);
      }

      assertThat(watched.weights()).usingRecursiveComparison().isEqualTo(plain.weights());
      assertThat(watched.run().operations()).isEqualTo(attached);
    }
  }

  @Test
  void attach_noTapWhereItLooks_isRefused() {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 37)) {
      TrainingGraph without = training.untapped(Phase.TRAINING);

      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> DeadUnitsCallback.builder().everyTrainingSteps(1).build().attach(without))
          .withMessage("the graph taps no layer in TRAINING");
    }
  }

  @Test
  void builder_numberOutOfRange_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeadUnitsCallback.builder().everyTrainingSteps(0))
        .withMessage("k must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeadUnitsCallback.builder().window(0))
        .withMessage("window must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeadUnitsCallback.builder().bound(0))
        .withMessage("bound must be in (0, 1], got 0.0");
  }

  private static DeadUnitsCallback everyStep(Consumer<DeadLayerAlarm> listener) {
    return DeadUnitsCallback.builder().everyTrainingSteps(1).listener(listener).build();
  }

  /** Makes all units of the second layer inactive from the next step on. */
  private static void kill(TinyTraining training) {
    GraphRun run = training.run();
    Weight bias = training.graph().weights().get(3);
    run.run(bias.assign(run.tf(), run.constant(Shape.of(7), -99, -99, -99, -99, -99, -99, -99)));
  }

  /** How many units of each layer the callback calls dead. */
  private static List<Long> counts(DeadUnitsCallback callback) {
    return callback.layers().stream().map(DeadUnits::dead).toList();
  }

  /** The looks since each unit was above a threshold. */
  private static final class Memory {
    private final float threshold;
    private final TreeMap<Integer, int[]> idle = new TreeMap<>();

    Memory(float threshold) {
      this.threshold = threshold;
    }

    void look(List<float[][]> batches) {
      int[] sizes = {9, 7, 3};
      for (int layer = 0; layer < sizes.length; layer++) {
        int[] units = idle.computeIfAbsent(layer, key -> new int[sizes[key]]);
        for (int unit = 0; unit < units.length; unit++) {
          boolean active = false;
          for (float[][] batch : batches) {
            for (int i = unit; i < batch[layer].length; i += units.length) {
              active |= batch[layer][i] > threshold;
            }
          }
          units[unit] = active ? 0 : units[unit] + 1;
        }
      }
    }

    List<Long> counts(int window) {
      return dead(window).stream().map(layer -> (long) layer.size()).toList();
    }

    List<List<Integer>> dead(int window) {
      List<List<Integer>> dead = new ArrayList<>();
      for (int[] units : idle.values()) {
        List<Integer> layer = new ArrayList<>();
        for (int unit = 0; unit < units.length; unit++) {
          if (units[unit] >= window) {
            layer.add(unit);
          }
        }
        dead.add(layer);
      }
      return dead;
    }
  }
}
