package org.tfemergence.prune.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.TinyTraining;
import org.tfemergence.emergence.testing.TinyTraining.Kind;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepRun;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.prune.mask.Allocation;
import org.tfemergence.prune.mask.MagnitudeMasks;
import org.tfemergence.prune.mask.Mask;
import org.tfemergence.prune.mask.Sparsity;
import org.tfemergence.prune.mask.SparsityReport.Row;

final class PruningCallbackTest {
  /* Kernels of the small network stand at the even places of its weights. */
  private static final int[] KERNELS = {0, 2, 4};

  private static final long[] SIZES = {6 * 9, 9 * 7, 7 * 3};
  private static final long PARAMETERS = 6 * 9 + 9 + 9 * 7 + 7 + 7 * 3 + 3;

  @ParameterizedTest
  @EnumSource
  void request_afterOneShot_keepsMaskedWeightsAtZero(Kind kind) {
    try (TinyTraining training = new TinyTraining(kind, 41)) {
      training.attach(PruningCallback.oneShot(4, 0.7));
      for (int i = 1; i < 4; i++) {
        training.update(8);
        assertThat(zeros(training)).containsOnly(0L);
      }
      training.update(8);
      List<Mask> masks = masks(training);
      for (int k = 0; k < 3; k++) {
        assertThat(masks.get(k).kept()).isEqualTo((int) Sparsity.kept(SIZES[k], 0.7));
      }
      List<float[]> before = training.weights();
      for (int i = 0; i < 25; i++) {
        training.update(8);
        assertThat(masks(training)).isEqualTo(masks);
      }
      List<float[]> after = training.weights();
      for (int k = 0; k < 3; k++) {
        assertThat(after.get(KERNELS[k])).isNotEqualTo(before.get(KERNELS[k]));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void request_oneShot_prunesWhatTheUpdateLeft(Kind kind) {
    try (TinyTraining plain = new TinyTraining(kind, 42);
        TinyTraining pruned = new TinyTraining(kind, 42)) {
      pruned.attach(PruningCallback.oneShot(3, 0.6));
      for (int i = 0; i < 3; i++) {
        plain.update(8);
        pruned.update(8);
      }
      List<float[]> dense = plain.weights();
      List<float[]> sparse = pruned.weights();
      for (int w = 0; w < dense.size(); w++) {
        float[] expected = dense.get(w).clone();
        if (w % 2 == 0) {
          Mask mask = MagnitudeMasks.choose(expected, Mask.all(expected.length), 0.6);
          for (int i = 0; i < expected.length; i++) {
            expected[i] = mask.keeps(i) ? expected[i] : 0;
          }
        }
        for (int i = 0; i < expected.length; i++) {
          assertThat(sparse.get(w)[i] == expected[i]).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void request_risingSchedule_neverUnmasks(Kind kind) {
    Schedule rising = step -> Math.min(0.9, 0.1 * Math.floorDiv(step, 2));
    try (TinyTraining training = new TinyTraining(kind, 43)) {
      training.attach(new PruningCallback(PruningPlan.following(rising, 1, 1)));
      List<Mask> before = masks(training);
      for (int step = 1; step <= 24; step++) {
        training.update(8);
        List<Mask> now = masks(training);
        for (int k = 0; k < 3; k++) {
          assertThat(now.get(k).kept()).isEqualTo((int) Sparsity.kept(SIZES[k], rising.at(step)));
          for (int i = 0; i < SIZES[k]; i++) {
            assertThat(now.get(k).keeps(i) && !before.get(k).keeps(i)).isFalse();
          }
        }
        before = now;
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void request_sparsityZero_leavesTheTrainingBitIdentical(Kind kind) {
    try (TinyTraining plain = new TinyTraining(kind, 44);
        TinyTraining watched = new TinyTraining(kind, 44)) {
      watched.attach(new PruningCallback(PruningPlan.following(Schedule.constant(0), 1, 1)));
      for (int i = 0; i < 30; i++) {
        plain.update(8);
        watched.update(8);
      }

      for (int w = 0; w < plain.weights().size(); w++) {
        assertThat(bits(watched.weights().get(w))).isEqualTo(bits(plain.weights().get(w)));
      }
    }
  }

  @Test
  void report_afterEvaluation_agreesWithMasksAndParameters() {
    PruningCallback pruning = PruningCallback.oneShot(2, 0.75);
    List<EmergenceReading> readings = new ArrayList<>();
    EmergenceCallback emergence =
        EmergenceCallback.builder()
            .parameters(pruning::remainingParameters)
            .listener(readings::add)
            .build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 45)) {
      training.attach(emergence);
      training.attach(pruning);
      assertThat(pruning.report().rows()).isEmpty();
      training.update(8);
      training.evaluate(4, 4);
      assertThat(pruning.report().masked()).isZero();
      assertThat(pruning.remainingParameters()).isEqualTo(PARAMETERS);

      training.update(8);
      training.evaluate(4, 4);

      assertThat(pruning.report().rows())
          .containsExactly(
              new Row("first_kernel", 54, Sparsity.kept(54, 0.75)),
              new Row("second_kernel", 63, Sparsity.kept(63, 0.75)),
              new Row("logits_kernel", 21, Sparsity.kept(21, 0.75)));
      long masked = zeros(training).stream().mapToLong(Long::longValue).sum();
      assertThat(pruning.report().masked()).isEqualTo(masked);
      assertThat(pruning.remainingParameters()).isEqualTo(PARAMETERS - masked);
      assertThat(readings)
          .extracting(EmergenceReading::parameters)
          .containsExactly(PARAMETERS, PARAMETERS - masked);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void completed_weightNotFinite_namesItAndLeavesEverything(float bad) {
    for (Kind kind : Kind.values()) {
      try (GraphRun run = new GraphRun()) {
        Weight first = zeros(run, kind, "first", Shape.of(2, 2));
        Weight second = zeros(run, kind, "second", Shape.of(2, 3));
        Placeholder<TFloat32> forFirst = placeholder(run, first);
        Placeholder<TFloat32> forSecond = placeholder(run, second);
        Op update =
            run.tf()
                .withControlDependencies(
                    first.assign(run.tf(), forFirst), second.assign(run.tf(), forSecond))
                .noOp();
        PruningCallback pruning =
            new PruningCallback(PruningPlan.following(step -> step < 2 ? 0.5 : 0.75, 1, 1));
        pruning.attach(
            new TrainingGraph(
                run.tf(),
                Network.chain(List.of(new Layer("layer", 2, 10))),
                ImmutableList.of(first, second),
                ImmutableList.of(),
                ImmutableList.of(),
                update));
        List<Operand<TFloat32>> seen = new ArrayList<>();
        List.of(first, second).forEach(weight -> seen.add(weight.read(run.tf())));
        pruning.state().forEach(mask -> seen.add(mask.read(run.tf())));

        float[] a = {1, 2, 3, 4};
        float[] b = {6, 5, 4, 3, 2, 1};
        step(run, pruning, 1, forFirst, a, forSecond, b);
        float[] broken = {bad, 5, bad, 3, 2, 1};
        assertThatIllegalStateException()
            .isThrownBy(() -> step(run, pruning, 2, forFirst, a, forSecond, broken))
            .withMessage(
                "weight 'second' has 2 values that are not finite at step 2; masks and weights"
                    + " were left as they are");

        assertThat(run.floats(seen.get(0))).containsExactly(0, 0, 3, 4);
        assertThat(run.floats(seen.get(1))).containsExactly(bad, 5, bad, 0, 0, 0);
        assertThat(run.floats(seen.get(2))).containsExactly(0, 0, 1, 1);
        assertThat(run.floats(seen.get(3))).containsExactly(1, 1, 1, 0, 0, 0);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1.0, 3", "1.2, 5", "-0.1, 2", "NaN, 4"})
  void request_scheduleOutOfRange_isRefusedWithTheStep(double value, long at) {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 47)) {
      training.attach(
          new PruningCallback(
              PruningPlan.following(Schedule.constant(0.5).until(at, step -> value), 1, 1)));
      for (int step = 1; step < at; step++) {
        training.update(4);
      }

      assertThatIllegalArgumentException()
          .isThrownBy(() -> training.update(4))
          .withMessage("sparsity must be in [0, 1), got " + value + " at step " + at);
    }
  }

  @Test
  void request_gradualPlan_choosesMasksOnlyEverySoManySteps() {
    PruningPlan plan = PruningPlan.gradual(3, 4, 3, 0.8);
    PruningCallback pruning = new PruningCallback(plan);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 51)) {
      training.attach(pruning);
      List<Mask> before = masks(training);
      for (int step = 1; step <= 24; step++) {
        training.update(8);
        List<Mask> now = masks(training);
        // Zhu and Gupta by hand: s_t = s - s (1 - (t - 3) / 12)^3 at t = 3, 7, 11, 15.
        double expected =
            step < 7 ? 0 : step < 11 ? 0.8 * 19 / 27 : step < 15 ? 0.8 * 26 / 27 : 0.8;
        for (int k = 0; k < 3; k++) {
          assertThat(now.get(k).kept()).isEqualTo((int) Sparsity.kept(SIZES[k], expected));
        }
        if (step != 7 && step != 11 && step != 15) {
          assertThat(now).isEqualTo(before);
        }
        before = now;
      }
    }
  }

  /* What a step of a callback asks for shows whether it ranks the weights: the search is fed. */
  @Test
  void request_gradualPlan_feedsTheSearchOnlyWhenMasksAreChosen() {
    PruningCallback pruning = new PruningCallback(PruningPlan.gradual(1, 100, 10, 0.9));
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 52)) {
      pruning.attach(training.graph());
      List<Long> searched = new ArrayList<>();
      for (long step = 1; step <= 1_500; step++) {
        StepRequest request = pruning.request(new Step(Phase.TRAINING, step, 1, false, false));
        if (!request.feeds().isEmpty()) {
          searched.add(step);
        }
        request.feeds().values().forEach(Tensor::close);
      }

      assertThat(searched)
          .containsExactly(101L, 201L, 301L, 401L, 501L, 601L, 701L, 801L, 901L, 1001L);
    }
  }

  @Test
  void request_globalAllocation_ranksAllKernelsTogether() {
    PruningPlan plan = PruningPlan.oneShot(2, 0.6).withAllocation(Allocation.GLOBAL);
    PruningCallback pruning = new PruningCallback(plan);
    try (TinyTraining plain = new TinyTraining(Kind.RESOURCE, 53);
        TinyTraining pruned = new TinyTraining(Kind.RESOURCE, 53)) {
      pruned.attach(pruning);
      for (int i = 0; i < 2; i++) {
        plain.update(8);
        pruned.update(8);
      }
      pruned.evaluate(4);
      List<float[]> dense = new ArrayList<>();
      List<Mask> all = new ArrayList<>();
      for (int k : KERNELS) {
        dense.add(plain.weights().get(k));
        all.add(Mask.all(plain.weights().get(k).length));
      }

      assertThat(masks(pruned))
          .isEqualTo(MagnitudeMasks.choose(dense, all, 0.6, Allocation.GLOBAL));
      assertThat(pruning.remainingParameters())
          .isEqualTo(PARAMETERS - (138 - Sparsity.kept(138, 0.6)));
      assertThat(pruning.report().masked()).isEqualTo(138 - Sparsity.kept(138, 0.6));
    }
  }

  @Test
  void kernels_chosen_areAloneMasked() {
    assertThat(pruned(KernelChoice.all()))
        .containsExactly("first_kernel", "second_kernel", "logits_kernel");
    assertThat(pruned(KernelChoice.all().except(name -> name.startsWith("second"))))
        .containsExactly("first_kernel", "logits_kernel");
    assertThat(pruned(KernelChoice.all().exceptFirstAndLast())).containsExactly("second_kernel");
  }

  @Test
  void exceptFirstAndLast_graphWithoutKernels_isRefused() {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 54)) {
      TrainingGraph unnamed = training.graph().withKernels(ImmutableMap.of());

      assertThatIllegalArgumentException()
          .isThrownBy(() -> KernelChoice.all().exceptFirstAndLast().of(unnamed))
          .withMessage(
              "sparing the first and the last layer needs a graph that names its layers' kernels");
    }
  }

  @Test
  void oneShot_badArguments_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PruningCallback.oneShot(0, 0.5))
        .withMessage("step must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PruningCallback.oneShot(1, 1))
        .withMessage("sparsity must be in [0, 1), got 1.0");
  }

  @Test
  void attach_noKernel_isRefused() {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 48)) {
      TrainingGraph graph = training.graph();
      TrainingGraph biasesOnly =
          new TrainingGraph(
              graph.tf(),
              graph.network(),
              graph.weights().subList(1, 2),
              graph.trainingTaps(),
              graph.evaluationTaps(),
              graph.update());

      assertThatIllegalArgumentException()
          .isThrownBy(() -> PruningCallback.oneShot(1, 0.5).attach(biasesOnly))
          .withMessage("a pruner must have at least one weight");
    }
  }

  @Test
  void state_attached_isAMaskPerKernel() {
    PruningCallback pruning = PruningCallback.oneShot(1, 0.5);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 49)) {
      training.attach(pruning);

      ImmutableList<Weight> weights = training.graph().weights();
      assertThat(pruning.state())
          .extracting(Weight::shape)
          .containsExactly(weights.get(0).shape(), weights.get(2).shape(), weights.get(4).shape());
    }
  }

  /* What is restarted is the callback alone, in a training of its own that did no step. */
  @Test
  void restoreHostState_masksOfThePlan_goesOn() {
    PruningPlan plan = PruningPlan.gradual(2, 3, 4, 0.8);
    for (int steps = 0; steps <= 16; steps++) {
      PruningCallback before = new PruningCallback(plan);
      PruningCallback after = new PruningCallback(plan);
      try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 56);
          TinyTraining other = new TinyTraining(Kind.RESOURCE, 56)) {
        training.attach(before);
        other.attach(after);
        for (int i = 0; i < steps; i++) {
          training.update(8);
        }
        after.restoreHostState(before.hostState());

        assertThat(after.hostState()).isEqualTo(before.hostState());
        long masked = zeros(training).stream().mapToLong(Long::longValue).sum();
        assertThat(after.remainingParameters()).isEqualTo(PARAMETERS - masked);
      }
    }
  }

  @Test
  void restoreHostState_masksOfAnotherPlan_isRefused() {
    PruningCallback half = PruningCallback.oneShot(4, 0.5);
    PruningCallback more = PruningCallback.oneShot(3, 0.7);
    PruningCallback later = PruningCallback.oneShot(7, 0.5);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 57);
        TinyTraining second = new TinyTraining(Kind.RESOURCE, 57);
        TinyTraining third = new TinyTraining(Kind.RESOURCE, 57)) {
      training.attach(half);
      second.attach(more);
      third.attach(later);
      for (int i = 0; i < 6; i++) {
        training.update(8);
      }
      ByteString saved = half.hostState();
      ByteString own = more.hostState();

      assertThatIllegalArgumentException()
          .isThrownBy(() -> more.restoreHostState(saved))
          .withMessage(
              "callback 'org.tfemergence.prune.callback.PruningCallback' plans the sparsity 0.7"
                  + " after step 6, got masks of 0.5");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> later.restoreHostState(saved))
          .withMessageEndingWith("plans the sparsity 0.0 after step 6, got masks of 0.5");
      assertThat(more.hostState()).isEqualTo(own);
      assertThat(more.remainingParameters()).isEqualTo(PARAMETERS);
    }
  }

  @Test
  void restoreHostState_damagedOrNone_isRefusedOrTakenUp() {
    PruningCallback pruning = PruningCallback.oneShot(1, 0.5);
    ByteString saved = pruning.hostState();
    assertThatIllegalStateException().isThrownBy(() -> pruning.restoreHostState(saved));
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 58)) {
      training.attach(pruning);
      for (int i = 0; i < saved.size(); i++) {
        byte[] damaged = saved.toByteArray();
        damaged[i] ^= 1;
        assertThatIllegalArgumentException()
            .isThrownBy(() -> pruning.restoreHostState(ByteString.copyFrom(damaged)))
            .withMessageContaining("PruningCallback': found ");
      }
      // As checkpoints were before it was kept.
      pruning.restoreHostState(ByteString.EMPTY);
      assertThat(pruning.hostState()).isEqualTo(saved);
    }
  }

  @Test
  void request_wholeTraining_addsNoOperation() {
    try (TinyTraining training = new TinyTraining(Kind.REFERENCE, 50)) {
      training.attach(new PruningCallback(PruningPlan.following(step -> step < 3 ? 0 : 0.5, 1, 1)));
      int attached = training.run().operations();
      for (int i = 0; i < 5; i++) {
        training.update(4);
        training.evaluate(4);
      }

      assertThat(training.run().operations()).isEqualTo(attached);
    }
  }

  private static List<String> pruned(KernelChoice choice) {
    PruningCallback pruning = new PruningCallback(PruningPlan.oneShot(1, 0.5).withKernels(choice));
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 55)) {
      training.attach(pruning);
      training.update(8);
      training.evaluate(4);
      return pruning.report().rows().stream().map(Row::weight).toList();
    }
  }

  private static void step(
      GraphRun run,
      PruningCallback pruning,
      long number,
      Placeholder<TFloat32> first,
      float[] ofFirst,
      Placeholder<TFloat32> second,
      float[] ofSecond) {
    Step step = new Step(Phase.TRAINING, number, 1, false, false);
    try (TFloat32 a = GraphRun.tensor(first.asOutput().shape(), ofFirst);
        TFloat32 b = GraphRun.tensor(second.asOutput().shape(), ofSecond);
        StepRun extra = StepRun.ask(List.of(pruning), step);
        Result result = extra.addTo(run.session().runner().feed(first, a).feed(second, b)).run()) {
      extra.deliver(result);
    }
  }

  private static Weight zeros(GraphRun run, Kind kind, String name, Shape shape) {
    float[] values = new float[(int) shape.size()];
    return kind == Kind.REFERENCE
        ? Weight.of(run.reference(name, shape, values))
        : Weight.of(run.resource(name, shape, values));
  }

  private static Placeholder<TFloat32> placeholder(GraphRun run, Weight weight) {
    return run.tf().placeholder(TFloat32.class, Placeholder.shape(weight.shape()));
  }

  private static List<Long> zeros(TinyTraining training) {
    return masks(training).stream().map(mask -> (long) mask.size() - mask.kept()).toList();
  }

  /* What of each kernel is exactly zero, seen from outside. */
  private static List<Mask> masks(TinyTraining training) {
    List<float[]> weights = training.weights();
    List<Mask> masks = new ArrayList<>();
    for (int k : KERNELS) {
      BitSet kept = new BitSet();
      for (int i = 0; i < weights.get(k).length; i++) {
        kept.set(i, weights.get(k)[i] != 0);
      }
      masks.add(Mask.of(weights.get(k).length, kept));
    }
    return masks;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }
}
