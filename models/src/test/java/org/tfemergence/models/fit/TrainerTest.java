package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.Seeds;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.data.Batch;
import org.tfemergence.models.data.HostArray;
import org.tfemergence.models.data.ImageData;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.testing.Counter;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.testing.Recorder;
import org.tfemergence.models.vision.ConvNet;
import org.tfemergence.models.vision.Mlp;

final class TrainerTest {
  private static final Mlp MODEL = Mlp.of(8, 4, 32);
  private static final LabeledData DATA = Examples.noise(20, 8, 4, 1);
  private static final LabeledData HELD_OUT = Examples.noise(12, 8, 4, 2);
  private static final TrainerOptions OPTIONS =
      new TrainerOptions(6, 5, Schedule.constant(0.05), 3);

  @TempDir private Path folder;

  @Test
  void fit_fewExamples_learnsThemByHeart() {
    TrainerOptions options = OPTIONS.withLearningRate(Schedule.constant(0.01));
    try (Trainer trainer = new Trainer(MODEL, Kaiming.normal(1), new Adam(), options)) {
      List<EpochResult> epochs = trainer.fit(DATA, DATA, 150);

      Map<String, Double> untrained = epochs.get(0).metrics();
      Map<String, Double> trained = epochs.get(150).metrics();
      assertThat(untrained.get("val_loss")).isGreaterThan(1);
      assertThat(trained.get("val_loss")).isLessThan(0.01);
      assertThat(trained.get("loss")).isLessThan(0.01);
      assertThat(trained).containsEntry("accuracy", 1.0).containsEntry("val_accuracy", 1.0);
    }
  }

  /** The whole training of a linear classifier, again in plain Java and double. */
  @Test
  void fit_linearClassifier_followsPlainJava() {
    int inputs = 8;
    int classes = 4;
    Schedule schedule = step -> 0.5 / (1 + step);
    LabeledData data = Examples.noise(20, inputs, classes, 5);
    Recorder recorder = new Recorder();
    try (Trainer trainer =
        new Trainer(
            Mlp.of(inputs, classes),
            Xavier.normal(1),
            new Sgd(),
            new TrainerOptions(6, 100, schedule, 9),
            recorder)) {
      List<EpochResult> epochs = trainer.fit(data, data, 3);

      double[] kernel = doubles(recorder.evaluations().get(0).get("logits/kernel"));
      double[] bias = doubles(recorder.evaluations().get(0).get("logits/bias"));
      assertThat(bias).containsOnly(0);
      requireMetrics(epochs.get(0), "val_", data, kernel, bias);
      long step = 0;
      for (int epoch = 1; epoch <= 3; epoch++) {
        double loss = 0;
        for (int[] examples : data.shuffled(6, Seeds.derive(9, "epoch " + epoch))) {
          step++;
          loss += plainStep(data.gather(examples), kernel, bias, schedule.at(step));
        }
        assertThat(doubles(recorder.evaluations().get(epoch).get("logits/kernel")))
            .containsExactly(kernel, within(1e-5));
        assertThat(doubles(recorder.evaluations().get(epoch).get("logits/bias")))
            .containsExactly(bias, within(1e-5));
        assertThat(epochs.get(epoch).metrics().get("loss")).isCloseTo(loss / 20, within(1e-5));
        requireMetrics(epochs.get(epoch), "val_", data, kernel, bias);
      }
    }
  }

  @Test
  void fit_asksTheScheduleForEachUpdateOnce() {
    List<Long> asked = new ArrayList<>();
    Schedule schedule =
        step -> {
          asked.add(step);
          return 0.1;
        };
    try (Trainer trainer = trainer(new Sgd(), OPTIONS.withLearningRate(schedule))) {
      asked.clear(); // what a checkpoint tells of the schedule
      trainer.fit(DATA, HELD_OUT, 2);
      assertThat(asked).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
    }
  }

  @Test
  void fit_learningRateZero_changesNoWeight() {
    Recorder recorder = new Recorder();
    TrainerOptions options = OPTIONS.withLearningRate(Schedule.constant(0));
    try (Trainer trainer = trainer(new Sgd(0.9), options, recorder)) {
      trainer.fit(DATA, HELD_OUT, 2);
      Map<String, float[]> first = recorder.evaluations().get(0);
      for (Weight weight : recorder.attached().weights()) {
        assertThat(recorder.latest().get(weight.name())).isEqualTo(first.get(weight.name()));
      }
    }
  }

  @Test
  void fit_sameSeed_isBitIdentical() {
    for (Optimizer optimizer : new Optimizer[] {new Sgd(0.9), new Adam()}) {
      Recorder first = new Recorder();
      Recorder second = new Recorder();
      List<EpochResult> results;
      try (Trainer trainer = trainer(optimizer, OPTIONS, first)) {
        results = trainer.fit(DATA, HELD_OUT, 5);
      }
      try (Trainer trainer = trainer(optimizer, OPTIONS, second)) {
        assertThat(trainer.fit(DATA, HELD_OUT, 5)).isEqualTo(results);
      }
      assertThat(second.latest().keySet()).isEqualTo(first.latest().keySet());
      second
          .latest()
          .forEach((name, values) -> assertThat(values).isEqualTo(first.latest().get(name)));
    }
  }

  @Test
  void fit_otherSeed_takesOtherOrder() {
    try (Trainer one = trainer(new Sgd(), OPTIONS);
        Trainer other = trainer(new Sgd(), OPTIONS.withSeed(4))) {
      List<EpochResult> ofOne = one.fit(DATA, HELD_OUT, 1);
      List<EpochResult> ofOther = other.fit(DATA, HELD_OUT, 1);
      assertThat(ofOther.get(0)).isEqualTo(ofOne.get(0));
      assertThat(ofOther.get(1)).isNotEqualTo(ofOne.get(1));
    }
  }

  @Test
  void fit_callbacks_changeNothing() {
    List<EpochResult> alone;
    try (Trainer trainer = trainer(new Adam(), OPTIONS)) {
      alone = trainer.fit(DATA, HELD_OUT, 3);
    }
    try (Trainer trainer =
        trainer(new Adam(), OPTIONS, new Recorder(), Counter.fromZero(), new Recorder())) {
      assertThat(trainer.fit(DATA, HELD_OUT, 3)).isEqualTo(alone);
    }
  }

  @Test
  void fit_callbacks_seeEachStepWithItsPlace() {
    // 20 examples in batches of 6: four updates an epoch; 12 in batches of 5: three evaluations.
    List<Step> expected =
        List.of(
            new Step(Phase.EVALUATION, 0, 0, true, false),
            new Step(Phase.EVALUATION, 0, 0, false, false),
            new Step(Phase.EVALUATION, 0, 0, false, true),
            new Step(Phase.PROBE, 0, 0, true, true),
            new Step(Phase.TRAINING, 1, 1, true, false),
            new Step(Phase.PROBE, 1, 1, true, false),
            new Step(Phase.TRAINING, 2, 1, false, false),
            new Step(Phase.PROBE, 2, 1, false, false),
            new Step(Phase.TRAINING, 3, 1, false, false),
            new Step(Phase.PROBE, 3, 1, false, false),
            new Step(Phase.TRAINING, 4, 1, false, true),
            new Step(Phase.EVALUATION, 4, 1, true, false),
            new Step(Phase.EVALUATION, 4, 1, false, false),
            new Step(Phase.EVALUATION, 4, 1, false, true),
            new Step(Phase.PROBE, 4, 1, false, true),
            new Step(Phase.TRAINING, 5, 2, true, false),
            new Step(Phase.PROBE, 5, 2, true, false),
            new Step(Phase.TRAINING, 6, 2, false, false),
            new Step(Phase.PROBE, 6, 2, false, false),
            new Step(Phase.TRAINING, 7, 2, false, false),
            new Step(Phase.PROBE, 7, 2, false, false),
            new Step(Phase.TRAINING, 8, 2, false, true),
            new Step(Phase.EVALUATION, 8, 2, true, false),
            new Step(Phase.EVALUATION, 8, 2, false, false),
            new Step(Phase.EVALUATION, 8, 2, false, true),
            new Step(Phase.PROBE, 8, 2, false, true),
            new Step(Phase.END, 8, 2, false, true));
    Recorder recorder = new Recorder();
    try (Trainer trainer = trainer(new Sgd(), OPTIONS, recorder)) {
      List<EpochResult> results = trainer.fit(DATA, HELD_OUT, 2);

      assertThat(recorder.requested()).isEqualTo(expected);
      assertThat(recorder.completed()).isEqualTo(expected);
      assertThat(recorder.epochs()).isEqualTo(results);
      assertThat(results).extracting(EpochResult::epoch).containsExactly(0, 1, 2);
      assertThat(results).extracting(EpochResult::step).containsExactly(0L, 4L, 8L);
      assertThat(results.get(0).metrics()).containsOnlyKeys("val_loss", "val_accuracy");
      assertThat(results.get(2).metrics())
          .containsOnlyKeys("loss", "accuracy", "val_loss", "val_accuracy");
      assertThat(trainer.step()).isEqualTo(8);
      assertThat(trainer.epoch()).isEqualTo(2);
    }
  }

  @Test
  void fit_oneBatch_isFirstAndLast() {
    Recorder recorder = new Recorder();
    TrainerOptions options = new TrainerOptions(20, 100, Schedule.constant(0.1), 1);
    try (Trainer trainer = trainer(new Sgd(), options, recorder)) {
      trainer.fit(DATA, HELD_OUT, 1);
      assertThat(recorder.completed())
          .containsExactly(
              new Step(Phase.EVALUATION, 0, 0, true, true),
              new Step(Phase.PROBE, 0, 0, true, true),
              new Step(Phase.TRAINING, 1, 1, true, true),
              new Step(Phase.EVALUATION, 1, 1, true, true),
              new Step(Phase.PROBE, 1, 1, true, true),
              new Step(Phase.END, 1, 1, false, true));
    }
  }

  @Test
  void fit_evaluationBatchAtItsGreatest_isFullBatch() {
    TrainerOptions full = new TrainerOptions(20, 12, Schedule.constant(0.1), 1);
    TrainerOptions greatest =
        new TrainerOptions(20, Integer.MAX_VALUE, full.updating().learningRate(), 1);
    try (Trainer one = trainer(new Sgd(), full);
        Trainer other = trainer(new Sgd(), greatest)) {
      assertThat(other.fit(DATA, HELD_OUT, 2)).isEqualTo(one.fit(DATA, HELD_OUT, 2));
    }
  }

  @Test
  void fit_batchLargerThanTheData_isRefusedBeforeAnythingRuns() {
    Recorder recorder = new Recorder();
    try (Trainer trainer = trainer(new Sgd(), OPTIONS.withBatchSize(21), recorder)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.fit(DATA, HELD_OUT, 1))
          .withMessage("batchSize must be at most that of all training data, 20, got 21");
      assertThat(recorder.requested()).isEmpty();
    }
  }

  @Test
  void fit_again_goesOn() {
    Recorder recorder = new Recorder();
    try (Trainer trainer = trainer(new Sgd(0.9), OPTIONS, recorder);
        Trainer whole = trainer(new Sgd(0.9), OPTIONS)) {
      List<EpochResult> results = new ArrayList<>(trainer.fit(DATA, HELD_OUT, 1));
      results.addAll(trainer.fit(DATA, HELD_OUT, 3));
      assertThat(trainer.fit(DATA, HELD_OUT, 3)).isEmpty();
      assertThat(trainer.fit(DATA, HELD_OUT, 2)).isEmpty();

      assertThat(results).isEqualTo(whole.fit(DATA, HELD_OUT, 3));
      assertThat(recorder.epochs()).isEqualTo(results);
    }
  }

  @Test
  void fit_negativeEpochs_isRefusedWithItsValue() {
    try (Trainer trainer = trainer(new Sgd(), OPTIONS)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.fit(DATA, HELD_OUT, -1))
          .withMessage("epochs must be at least 0, got -1");
    }
  }

  @Test
  void evaluate_batchSize_hasNoEffectButRounding() {
    List<ImmutableMap<String, Double>> metrics = new ArrayList<>();
    for (int size : new int[] {1, 5, 12, 500}) {
      try (Trainer trainer =
          trainer(new Sgd(), new TrainerOptions(6, size, Schedule.constant(0.05), 3))) {
        trainer.fit(DATA, HELD_OUT, 2);
        metrics.add(trainer.evaluate(HELD_OUT));
      }
    }
    for (ImmutableMap<String, Double> other : metrics) {
      assertThat(other.get("accuracy")).isEqualTo(metrics.get(0).get("accuracy"));
      assertThat(other.get("loss")).isCloseTo(metrics.get(0).get("loss"), within(1e-6));
    }
  }

  @Test
  void evaluate_changesNothing() {
    Recorder recorder = new Recorder();
    try (Trainer trainer = trainer(new Adam(), OPTIONS, recorder)) {
      trainer.fit(DATA, HELD_OUT, 2);
      ImmutableMap<String, Double> metrics = trainer.evaluate(HELD_OUT);

      assertThat(trainer.evaluate(HELD_OUT)).isEqualTo(metrics);
      metrics.forEach(
          (name, value) ->
              assertThat(recorder.epochs().get(2).metrics()).containsEntry("val_" + name, value));
      assertThat(trainer.step()).isEqualTo(8);
      assertThat(recorder.epochs()).hasSize(3);
    }
  }

  @Test
  void fit_lossNotFinite_stopsWithTheStep() {
    float[] features = Examples.features(20 * 8, 1);
    features[13 * 8 + 2] = Float.NaN;
    LabeledData poisoned = new LabeledData(features, Examples.labels(20, 4, 1), 4);
    int step = 1;
    List<int[]> batches = DATA.shuffled(6, Seeds.derive(OPTIONS.seed(), "epoch 1"));
    while (IntStream.of(batches.get(step - 1)).noneMatch(example -> example == 13)) {
      step++;
    }
    int expected = step;
    Recorder recorder = new Recorder();
    try (Trainer trainer = trainer(new Sgd(), OPTIONS, recorder)) {
      assertThatExceptionOfType(NonFiniteLossException.class)
          .isThrownBy(() -> trainer.fit(poisoned, HELD_OUT, 2))
          .withMessage(
              "loss is NaN at step "
                  + expected
                  + "; try a smaller learning rate; last good checkpoint: none")
          .extracting(NonFiniteLossException::step)
          .isEqualTo((long) expected);
      assertThat(trainer.step()).isEqualTo(expected - 1);
      assertThat(recorder.completed().stream().filter(done -> done.phase() == Phase.TRAINING))
          .hasSize(expected - 1);
    }
  }

  /** What fails when weights may have changed: here a callback that is told of its step. */
  @Test
  void fit_afterFailureWithinAnUpdate_wantsACheckpoint() throws IOException {
    Path saved = folder.resolve("saved");
    TrainingCallback broken =
        new TrainingCallback() {
          @Override
          public void attach(TrainingGraph graph) {}

          @Override
          public void completed(StepResult result) {
            if (result.step().phase() == Phase.TRAINING && result.step().number() == 6) {
              throw new IllegalStateException("disk full");
            }
          }
        };
    try (Trainer trainer = trainer(new Sgd(), OPTIONS, broken)) {
      trainer.fit(DATA, HELD_OUT, 1);
      trainer.save(saved);
      assertThatIllegalStateException()
          .isThrownBy(() -> trainer.fit(DATA, HELD_OUT, 2))
          .withMessage("disk full");
      assertThatIllegalStateException()
          .isThrownBy(() -> trainer.save(folder.resolve("broken")))
          .withMessageContaining("restore a checkpoint first");
      assertThatIllegalStateException()
          .isThrownBy(() -> trainer.variables().save(folder.resolve("variables")));
      assertThatIllegalStateException().isThrownBy(() -> trainer.fit(DATA, HELD_OUT, 2));

      trainer.restore(saved);

      assertThat(trainer.fit(FitPlan.of(DATA, HELD_OUT, Extent.steps(5)))).hasSize(1);
    }
  }

  @Test
  void fit_badLearningRate_isRefusedWithTheStep() {
    for (double bad : new double[] {-0.1, Double.NaN, Double.POSITIVE_INFINITY}) {
      Schedule schedule = Schedule.constant(0.1).until(3, Schedule.constant(bad));
      try (Trainer trainer = trainer(new Sgd(), OPTIONS.withLearningRate(schedule))) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> trainer.fit(DATA, HELD_OUT, 1))
            .withMessage(
                "learning rate must be finite and not negative, got " + bad + " at step 3");
      }
    }
  }

  @Test
  void trainer_twoCallbacksWithOneVariable_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> trainer(new Sgd(), OPTIONS, Counter.fromZero(), Counter.fromZero()))
        .withMessageContaining(Counter.NAME);
  }

  @Test
  void fit_learningRateFarTooLarge_stops() {
    try (Trainer trainer = trainer(new Sgd(), OPTIONS.withLearningRate(Schedule.constant(1e30)))) {
      assertThatExceptionOfType(NonFiniteLossException.class)
          .isThrownBy(() -> trainer.fit(DATA, HELD_OUT, 5));
    }
  }

  @Test
  void data_thatDoNotFit_areRefusedByRole() {
    LabeledData wide = Examples.noise(4, 9, 4, 1);
    LabeledData classes = Examples.noise(4, 8, 5, 1);
    Recorder recorder = new Recorder();
    try (Trainer trainer = trainer(new Sgd(), OPTIONS, recorder)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.fit(wide, HELD_OUT, 1))
          .withMessage("training data have 9 features, the model takes 8");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.fit(DATA, classes, 1))
          .withMessage("validation data have 5 classes, the model 4");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.evaluate(wide))
          .withMessage("evaluation data have 9 features, the model takes 8");
      assertThat(recorder.requested()).isEmpty();
    }
  }

  @Test
  void fit_imagesOfAnotherShape_areRefusedUnlessOneSideIsFlat() {
    ImageData images =
        ImageData.of(
            new byte[6 * 16 * 64 * 3], new ImageShape(16, 64, 3), Examples.labels(6, 4, 1), 4);
    ConvNet square = ConvNet.of(new ImageShape(32, 32, 3), 4, 8, 2);
    try (Trainer trainer = new Trainer(square, Kaiming.normal(1), new Sgd(), OPTIONS)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.fit(images, images, 1))
          .withMessage("training data are of shape [16, 64, 3], the model takes [32, 32, 3]");
    }
    try (Trainer trainer =
        new Trainer(Mlp.of(16 * 64 * 3, 4), Kaiming.normal(1), new Sgd(), OPTIONS)) {
      assertThat(trainer.fit(images, images, 1)).hasSize(2);
    }
  }

  @Test
  void graph_afterConstruction_neverGrows() throws Exception {
    Recorder recorder = new Recorder();
    try (Trainer trainer = trainer(new Adam(), OPTIONS, recorder, Counter.fromZero())) {
      int operations = recorder.operations();
      trainer.fit(DATA, HELD_OUT, 1);
      trainer.save(folder.resolve("saved"));
      trainer.restore(folder.resolve("saved"));
      trainer.fit(DATA, HELD_OUT, 2);
      trainer.evaluate(DATA);

      assertThat(recorder.operations()).isEqualTo(operations);
    }
  }

  @Test
  void attach_seesTheCompleteGraph() {
    Recorder recorder = new Recorder();
    try (Trainer trainer = trainer(new Adam(), OPTIONS, recorder)) {
      TrainingGraph graph = recorder.attached();

      assertThat(graph.network()).isEqualTo(MODEL.network());
      assertThat(graph.weights())
          .extracting(Weight::name)
          .containsExactly("dense_1/kernel", "dense_1/bias", "logits/kernel", "logits/bias");
      for (Phase phase : Phase.values()) {
        assertThat(graph.taps(phase))
            .extracting(tap -> tap.layer() + tap.unitShape())
            .containsExactly("dense_1[32]", "logits[4]");
      }
      assertThat(trainer.model()).isEqualTo(MODEL);
    }
  }

  @Test
  void close_closesSessionAndGraph() {
    Recorder recorder = new Recorder();
    Trainer trainer = trainer(new Sgd(), OPTIONS, recorder);
    trainer.close();

    assertThatIllegalStateException().isThrownBy(() -> trainer.evaluate(DATA));
    assertThatIllegalStateException().isThrownBy(recorder::operations);
    trainer.close();
  }

  @Test
  void trainer_callbackRefusesGraph_throwsItsException() {
    Recorder recorder = new Recorder();
    TrainingCallback refusing =
        graph -> {
          throw new IllegalArgumentException("no such layer");
        };
    assertThatIllegalArgumentException()
        .isThrownBy(() -> trainer(new Sgd(), OPTIONS, recorder, refusing))
        .withMessage("no such layer");
    assertThatIllegalStateException().isThrownBy(recorder::operations);
  }

  /** A graph waits for its sessions when it is closed: for ever, if one is left open. */
  @Test
  void trainer_initializationFails_throwsAndClosesEverything() {
    Recorder recorder = new Recorder();
    TrainingCallback failing =
        graph -> {
          VarHandleOp handle =
              graph.tf().varHandleOp(TFloat32.class, Shape.scalar(), VarHandleOp.sharedName("nan"));
          var init = graph.tf().withInitScope();
          Operand<TFloat32> nan = init.debugging.checkNumerics(init.constant(Float.NaN), "never");
          init.assignVariableOp(handle, nan);
        };
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatExceptionOfType(TFInvalidArgumentException.class)
                .isThrownBy(() -> trainer(new Sgd(), OPTIONS, recorder, failing)));
    assertThatIllegalStateException().isThrownBy(recorder::operations);
  }

  private static Trainer trainer(
      Optimizer optimizer, TrainerOptions options, TrainingCallback... callbacks) {
    Model model = MODEL;
    return new Trainer(model, Kaiming.normal(1), optimizer, options, callbacks);
  }

  private static float[] features(Batch batch) {
    return ((HostArray.Floats) batch.inputs().get(0)).values();
  }

  /** Updates the weights once; returns the loss summed over the batch. */
  private static double plainStep(Batch batch, double[] kernel, double[] bias, double rate) {
    int classes = bias.length;
    int inputs = kernel.length / classes;
    double[] x = doubles(features(batch));
    double[] error =
        PlainDense.softmax(PlainDense.forward(x, kernel, bias, Activation.LINEAR), classes);
    double loss = 0;
    for (int n = 0; n < batch.size(); n++) {
      int label = n * classes + batch.labels().values()[n];
      loss -= Math.log(error[label]);
      error[label] -= 1;
    }
    for (int n = 0; n < batch.size(); n++) {
      for (int j = 0; j < classes; j++) {
        double step = rate * error[n * classes + j] / batch.size();
        bias[j] -= step;
        for (int i = 0; i < inputs; i++) {
          kernel[i * classes + j] -= step * x[n * inputs + i];
        }
      }
    }
    return loss;
  }

  private static void requireMetrics(
      EpochResult result, String prefix, LabeledData data, double[] kernel, double[] bias) {
    int classes = bias.length;
    Batch all = data.gather(IntStream.range(0, data.size()).toArray());
    double[] logits = PlainDense.forward(doubles(features(all)), kernel, bias, Activation.LINEAR);
    double[] probabilities = PlainDense.softmax(logits, classes);
    double loss = 0;
    double correct = 0;
    for (int n = 0; n < all.size(); n++) {
      int best = 0;
      for (int j = 1; j < classes; j++) {
        best = logits[n * classes + j] > logits[n * classes + best] ? j : best;
      }
      correct += best == all.labels().values()[n] ? 1 : 0;
      loss -= Math.log(probabilities[n * classes + all.labels().values()[n]]);
    }
    assertThat(result.metrics().get(prefix + "loss")).isCloseTo(loss / all.size(), within(1e-5));
    assertThat(result.metrics()).containsEntry(prefix + "accuracy", correct / all.size());
  }
}
