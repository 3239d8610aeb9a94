package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MaskingCallback;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.Batch;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.data.Values;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.objective.MetricSums;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.optimize.GradientTransform;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.vision.Mlp;

/** What a failure within an update leaves. */
final class UpdaterTest {
  private static final LabeledData DATA = Examples.noise(20, 8, 4, 1);
  private static final LabeledData HELD_OUT = Examples.noise(12, 8, 4, 2);
  private static final TrainerOptions OPTIONS =
      new TrainerOptions(3, 5, Schedule.constant(0.05), 3)
          .withGradients(GradientTransform.clipByGlobalNorm(1));

  @TempDir private Path folder;

  /**
   * Seven batches an epoch: in one of each update, be it the first or the last, gathering fails.
   */
  @ParameterizedTest
  @CsvSource({"1, 2", "1, 7", "2, 0", "2, 3", "2, 4", "2, 6", "3, 1", "3, 4", "3, 5"})
  void fit_loaderThrows_leavesAllAsItWasAndGoesOn(int accumulation, int failing) throws Exception {
    TrainerOptions options = OPTIONS.withAccumulation(accumulation);
    List<EpochResult> expected;
    Map<String, float[]> trained;
    try (Trainer whole = normalized(options)) {
      expected = whole.fit(DATA, HELD_OUT, 2);
      trained = values(whole);
    }
    try (Trainer trainer = normalized(options)) {
      Flaky data = new Flaky(failing);
      assertThatIllegalStateException()
          .isThrownBy(() -> trainer.fit(data, HELD_OUT, 2))
          .withMessage("disk on fire");
      int batch = failing % 7;
      assertThat(trainer.position().batch()).isEqualTo(batch - batch % accumulation);
      trainer.save(folder.resolve("saved"));
      Map<String, float[]> left = values(trainer);

      List<EpochResult> rest = trainer.fit(data, HELD_OUT, 2);

      assertThat(rest).isEqualTo(expected.subList(3 - rest.size(), 3));
      assertSame(values(trainer), trained);
      try (Trainer restored = normalized(options)) {
        restored.restore(folder.resolve("saved"));
        assertSame(values(restored), left);
        assertThat(restored.fit(DATA, HELD_OUT, 2)).isEqualTo(rest);
        assertSame(values(restored), trained);
      }
    }
  }

  /** Exact connectivity of the last update waits for a step behind it, and so would a save. */
  @Test
  void fit_evaluationFails_leavesCallbacksThatGoOn() throws Exception {
    EmergenceCallback emergence =
        EmergenceCallback.builder().everyTrainingSteps(1).measure(ExactEmergence.ANY_UNIT).build();
    TrainerOptions options = OPTIONS.withBatchSize(5).withEvaluationBatchSize(20);
    try (Trainer trainer =
        new Trainer(Mlp.of(8, 4, 16), Kaiming.normal(1), new Sgd(), options, emergence)) {
      Flaky validation = new Flaky(1);
      assertThatIllegalStateException()
          .isThrownBy(() -> trainer.fit(DATA, validation, 2))
          .withMessage("disk on fire");
      assertThat(trainer.step()).isEqualTo(4);

      trainer.save(folder.resolve("saved"));
      assertThat(trainer.fit(DATA, validation, 2)).hasSize(1);

      assertThat(emergence.history().readings())
          .extracting(EmergenceReading::step)
          .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
    }
  }

  /** In whichever batch: statistics, weights and the optimizer's state are those of before. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void fit_lossNotFinite_leavesAllAsItWasAndGoesOn(int accumulation) throws Exception {
    TrainerOptions options = OPTIONS.withAccumulation(accumulation);
    float[] features = Examples.features(20 * 8, 1);
    features[13 * 8 + 2] = Float.NaN;
    LabeledData poisoned = new LabeledData(features, Examples.labels(20, 4, 1), 4);
    List<EpochResult> expected;
    Map<String, float[]> trained;
    try (Trainer whole = normalized(options)) {
      expected = whole.fit(DATA, HELD_OUT, 1);
      trained = values(whole);
    }
    try (Trainer trainer = normalized(options)) {
      assertThatExceptionOfType(NonFiniteLossException.class)
          .isThrownBy(() -> trainer.fit(poisoned, HELD_OUT, 1))
          .matches(e -> e.step() == trainer.step() + 1)
          .withMessage(
              "loss is NaN at step "
                  + (trainer.step() + 1)
                  + "; try a smaller learning rate; last good checkpoint: none");
      values(trainer)
          .forEach(
              (name, values) -> {
                for (float value : values) {
                  assertThat(value).as(name).isFinite();
                }
              });
      trainer.save(folder.resolve("saved"));

      List<EpochResult> rest = trainer.fit(DATA, HELD_OUT, 1);

      assertThat(rest).isEqualTo(expected.subList(2 - rest.size(), 2));
      assertSame(values(trainer), trained);
    }
  }

  /**
   * 1e20 times 1e20: the gradient of the kernel overflows, that of the bias and the loss do not.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void fit_gradientNotFiniteWhenClipped_namesItAndLeavesTheWeights(int accumulation)
      throws Exception {
    TrainerOptions options = OPTIONS.withAccumulation(accumulation);
    Path saved = folder.resolve("saved");
    try (Trainer trainer = steep(options)) {
      trainer.save(saved);
      Map<String, float[]> before = values(trainer);

      assertThatExceptionOfType(NonFiniteGradientException.class)
          .isThrownBy(() -> trainer.fit(far(), HELD_OUT, 1))
          .withMessage(
              "gradients of variables [logits/kernel] are NaN or infinite at step 1; last good"
                  + " checkpoint: "
                  + saved)
          .matches(e -> e.step() == 1)
          .matches(e -> e.variables().equals(ImmutableList.of("logits/kernel")));

      assertThat(trainer.step()).isZero();
      assertSame(values(trainer), before);
      trainer.save(folder.resolve("again"));
    }
  }

  /** Nothing looks at them then: the next loss tells, and whose weights they have spoilt. */
  @Test
  void fit_gradientNotFiniteUnclipped_isNamedByTheNextLoss() {
    try (Trainer trainer = steep(OPTIONS.withGradients(GradientTransform.none()))) {
      assertThatExceptionOfType(NonFiniteLossException.class)
          .isThrownBy(() -> trainer.fit(far(), HELD_OUT, 1))
          .withMessage(
              "loss is NaN at step 2, with NaN or infinite values in variables [logits/kernel]"
                  + " since the update before; try a smaller learning rate; last good checkpoint:"
                  + " none");
      assertThat(trainer.step()).isEqualTo(1);
      assertThat(trainer.variables().value("logits/bias")).doesNotContain(Float.NaN);
    }
  }

  /** What is descended is finite, what is told is not: the weights stay all the same. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void fit_toldLossNotFinite_leavesTheWeights(int accumulation) {
    TrainerOptions options = OPTIONS.withAccumulation(accumulation);
    Objective told =
        new Objective() {
          @Override
          public Shape labels(Shape logits) {
            return Steep.USUAL.labels(logits);
          }

          @Override
          public Totals totals(Ops tf, Operand<TFloat32> logits, Operand<TInt32> labels) {
            Totals usual = Steep.USUAL.totals(tf, logits, labels);
            Map<String, Operand<TFloat32>> sums = new HashMap<>(usual.sums());
            sums.computeIfPresent("loss", (name, loss) -> tf.math.div(loss, tf.constant(0f)));
            return new Totals(usual.loss(), usual.count(), ImmutableMap.copyOf(sums));
          }

          @Override
          public ImmutableMap<String, Double> metrics(MetricSums sums) {
            return Steep.USUAL.metrics(sums);
          }
        };
    try (Trainer trainer = new Trainer(Mlp.of(8, 4), told, Kaiming.normal(1), new Sgd(), options)) {
      Map<String, float[]> before = values(trainer);
      assertThatExceptionOfType(NonFiniteLossException.class)
          .isThrownBy(() -> trainer.fit(DATA, HELD_OUT, 1))
          .withMessageStartingWith("loss is Infinity at step 1; ");
      assertSame(values(trainer), before);
    }
  }

  /** The first update of a kernel of zeros is as long as the bound, times the learning rate. */
  @Test
  void fit_zeroKernelClipped_movesByTheBound() {
    float[] zeros = new float[8 * 4];
    TrainerOptions options =
        new TrainerOptions(20, 5, Schedule.constant(1), 3)
            .withGradients(GradientTransform.clipByGlobalNorm(1e-3));
    try (Trainer trainer = new Trainer(Mlp.of(8, 4), Kaiming.normal(1), new Sgd(), options)) {
      trainer.variables().assign(ImmutableMap.of("logits/kernel", zeros));
      Map<String, float[]> before = values(trainer);
      trainer.fit(DATA, HELD_OUT, 1);
      assertThat(distance(values(trainer), before)).isCloseTo(1e-3, within(1e-8));
    }
  }

  /** What is masked does not move, and does not count in the norm. */
  @Test
  void fit_maskedAndClipped_movesTheRestByTheBound() {
    TrainerOptions options =
        new TrainerOptions(20, 5, Schedule.constant(1), 3)
            .withGradients(GradientTransform.clipByGlobalNorm(1e-3));
    try (Trainer trainer =
        new Trainer(Mlp.of(8, 4, 16), Kaiming.normal(1), new Sgd(), options, new FirstHalf())) {
      Map<String, float[]> before = values(trainer);
      trainer.fit(DATA, HELD_OUT, 1);
      Map<String, float[]> after = values(trainer);
      for (int i = 0; i < 8 * 16; i++) {
        float moved = after.get(FirstHalf.OF)[i] - before.get(FirstHalf.OF)[i];
        if (i < 8 * 8) {
          assertThat(moved).isZero();
        }
      }
      assertThat(after.get(FirstHalf.OF)).isNotEqualTo(before.get(FirstHalf.OF));
      assertThat(distance(after, before)).isCloseTo(1e-3, within(1e-6));
    }
  }

  private static Trainer normalized(TrainerOptions options) {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("x", TFloat32.class, Shape.of(8)));
    x =
        plan.add(
            new Dense("hidden", 7, Activation.TANH).withNormalization(new BatchNorm(0.6, 1e-3)), x);
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 4, Activation.LINEAR), x));
    Model model = () -> blueprint;
    return new Trainer(model, Kaiming.normal(1), new Adam(), options);
  }

  /** A single layer of zeros: whatever the features, all classes are as likely. */
  private static Trainer steep(TrainerOptions options) {
    Trainer trainer = new Trainer(Mlp.of(8, 4), new Steep(), Kaiming.normal(1), new Sgd(), options);
    trainer.variables().assign(ImmutableMap.of("logits/kernel", new float[8 * 4]));
    return trainer;
  }

  private static LabeledData far() {
    float[] features = Examples.features(20 * 8, 1);
    for (int i = 0; i < features.length; i++) {
      features[i] *= 1e20f;
    }
    return new LabeledData(features, Examples.labels(20, 4, 1), 4);
  }

  private static Map<String, float[]> values(Trainer trainer) {
    Map<String, float[]> values = new HashMap<>();
    trainer
        .variables()
        .model()
        .forEach(
            variable -> values.put(variable.name(), trainer.variables().value(variable.name())));
    return values;
  }

  private static void assertSame(Map<String, float[]> found, Map<String, float[]> expected) {
    assertThat(found).usingRecursiveComparison().isEqualTo(expected);
  }

  private static double distance(Map<String, float[]> after, Map<String, float[]> before) {
    double squares = 0;
    for (Map.Entry<String, float[]> each : after.entrySet()) {
      for (int i = 0; i < each.getValue().length; i++) {
        double moved = (double) each.getValue()[i] - before.get(each.getKey())[i];
        squares += moved * moved;
      }
    }
    return Math.sqrt(squares);
  }

  /** Data one of whose batches cannot be gathered at first. */
  private static final class Flaky implements Dataset {
    private final AtomicInteger left;

    Flaky(int failing) {
      left = new AtomicInteger(failing);
    }

    @Override
    public int size() {
      return DATA.size();
    }

    @Override
    public ImmutableList<Values> inputs() {
      return DATA.inputs();
    }

    @Override
    public Values labels() {
      return DATA.labels();
    }

    @Override
    public ImmutableList<int[]> inOrder(int batchSize) {
      return DATA.inOrder(batchSize);
    }

    @Override
    public ImmutableList<int[]> shuffled(int batchSize, long seed) {
      return DATA.shuffled(batchSize, seed);
    }

    @Override
    public Batch gather(int[] examples) {
      if (left.getAndDecrement() == 0) {
        throw new IllegalStateException("disk on fire");
      }
      return DATA.gather(examples);
    }
  }

  /** A loss of 1e20 times the usual one. */
  private record Steep() implements Objective {
    private static final Classification USUAL = new Classification();

    @Override
    public Shape labels(Shape logits) {
      return USUAL.labels(logits);
    }

    @Override
    public Totals totals(Ops tf, Operand<TFloat32> logits, Operand<TInt32> labels) {
      Totals usual = USUAL.totals(tf, logits, labels);
      return new Totals(tf.math.mul(usual.loss(), tf.constant(1e20f)), usual.count(), usual.sums());
    }

    @Override
    public ImmutableMap<String, Double> metrics(MetricSums sums) {
      return USUAL.metrics(sums);
    }
  }

  /** Masks the first half of a kernel, and sets nothing to zero. */
  private static final class FirstHalf implements MaskingCallback {
    static final String OF = "dense_1/kernel";

    @Override
    public ImmutableMap<String, Weight> masks(TrainingGraph graph) {
      VarHandleOp mask =
          graph.tf().varHandleOp(TFloat32.class, Shape.of(8, 16), VarHandleOp.sharedName("mask"));
      float[] values = new float[8 * 16];
      Arrays.fill(values, 8 * 8, 8 * 16, 1f);
      Ops init = graph.tf().withInitScope();
      init.assignVariableOp(
          mask, init.reshape(init.constant(values), init.constant(new int[] {8, 16})));
      return ImmutableMap.of(OF, Weight.of(mask));
    }

    @Override
    public void attach(TrainingGraph graph) {}
  }
}
