package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.augment.HorizontalFlip;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.augment.RandomCrop;
import org.tfemergence.models.data.Batch;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.data.ImageData;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.data.Values;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.optimize.AdamW;
import org.tfemergence.models.optimize.GradientTransform;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.optimize.RmsProp;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.Recorder;
import org.tfemergence.models.testing.Warnings;
import org.tfemergence.models.vision.Mlp;

final class TrainerPlanTest {
  private static final Mlp MODEL = Mlp.of(8, 4, 32);
  private static final LabeledData DATA = Examples.noise(20, 8, 4, 1);
  private static final LabeledData HELD_OUT = Examples.noise(12, 8, 4, 2);
  private static final TrainerOptions OPTIONS =
      new TrainerOptions(6, 5, Schedule.constant(0.05), 3);

  @TempDir private Path folder;

  /** One batch, learnt by heart, by each optimizer. */
  @Test
  void fit_oneBatch_isLearntByEachOptimizer() {
    Map<Optimizer, Double> rates =
        ImmutableMap.of(
            new Sgd(),
            0.5,
            new Sgd(0.9),
            0.1,
            Sgd.nesterov(0.9),
            0.1,
            new Adam(),
            0.01,
            new AdamW(1e-4),
            0.01,
            new RmsProp(),
            0.005);
    rates.forEach(
        (optimizer, rate) -> {
          TrainerOptions options =
              new TrainerOptions(20, 20, Schedule.constant(rate), 1)
                  .withGradients(GradientTransform.clipByGlobalNorm(10));
          try (Trainer trainer = trainer(optimizer, options)) {
            List<EpochResult> results = trainer.fit(DATA, DATA, 300);
            assertThat(results.get(300).metrics().get("val_loss"))
                .as(optimizer.toString())
                .isLessThan(0.02);
          }
        });
  }

  /** 20 examples: five batches of 4 an epoch, or two of 8 with one of 4; weights as they end. */
  @Test
  void fit_accumulation_equalsLargeBatches() {
    Recorder large = new Recorder();
    Recorder small = new Recorder();
    TrainerOptions options = OPTIONS.withBatchSize(8);
    List<EpochResult> expected;
    try (Trainer trainer = trainer(new Adam(), options, large)) {
      expected = trainer.fit(DATA, HELD_OUT, 3);
      assertThat(trainer.step()).isEqualTo(9);
    }
    try (Trainer trainer =
        trainer(new Adam(), options.withBatchSize(4).withAccumulation(2), small)) {
      List<EpochResult> results = trainer.fit(DATA, HELD_OUT, 3);
      assertThat(trainer.step()).isEqualTo(9);
      requireClose(results, expected, 1e-5);
    }
    requireWeights(small, large, 1e-5);
  }

  /** 20 examples by 6: the last batch has 2, one for each device; by 7 and 3 devices too few. */
  @ParameterizedTest
  @ValueSource(ints = {6, 7, 19, 20})
  void fit_severalDevices_equalOne(int batchSize) {
    Recorder one = new Recorder();
    Recorder several = new Recorder();
    TrainerOptions options = OPTIONS.withBatchSize(batchSize);
    List<EpochResult> expected;
    try (Trainer trainer = trainer(new Sgd(0.9), options, one)) {
      expected = trainer.fit(DATA, HELD_OUT, 3);
    }
    Hardware devices = Hardware.defaults().withDevices(Device.cpu(0), Device.cpu(1), Device.cpu(2));
    try (Trainer trainer = trainer(new Sgd(0.9), options.withHardware(devices), several)) {
      requireClose(trainer.fit(DATA, HELD_OUT, 3), expected, 1e-5);
    }
    requireWeights(several, one, 1e-5);
  }

  @Test
  void fit_loaderThreads_changeNothing() {
    byte[] pixels = new byte[40 * 16];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 31);
    }
    Dataset images =
        ImageData.of(pixels, new ImageShape(4, 4, 1), Examples.labels(40, 4, 1), 4)
            .withAugmentation(new RandomCrop(1), new HorizontalFlip());
    List<List<EpochResult>> results = new ArrayList<>();
    for (int threads : new int[] {1, 3}) {
      try (Trainer trainer =
          new Trainer(
              Mlp.of(16, 4, 8), Kaiming.normal(1), new Sgd(), OPTIONS.withLoaderThreads(threads))) {
        results.add(trainer.fit(images, images, 4));
      }
    }
    assertThat(results.get(1)).isEqualTo(results.get(0));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void restore_withinAnEpoch_goesOnAsIfNothingHadBeen(int accumulation) throws Exception {
    TrainerOptions options = OPTIONS.withBatchSize(3).withAccumulation(accumulation);
    Path saved;
    List<EpochResult> expected;
    Recorder straight = new Recorder();
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(100));
        Trainer trainer = trainer(new Adam(), options, straight)) {
      expected =
          trainer.fit(
              FitPlan.of(DATA, HELD_OUT, Extent.epochs(3))
                  .withCheckpoints(checkpoints, Extent.steps(1)));
      saved = folder.resolve("checkpoint-000006-step-6");
    }
    Recorder resumed = new Recorder();
    try (Trainer trainer = trainer(new Adam(), options, resumed)) {
      trainer.restore(saved);
      assertThat(trainer.position().batch()).isPositive();
      List<EpochResult> results = trainer.fit(DATA, HELD_OUT, 3);
      assertThat(results)
          .isEqualTo(expected.subList(expected.size() - results.size(), expected.size()));
      assertThat(results).isNotEmpty();
    }
    requireWeights(resumed, straight, 0);
  }

  @Test
  void fit_steps_endsThere_andEvaluatesAtTheDistanceAsked() {
    try (Trainer trainer = trainer(new Sgd(), OPTIONS)) {
      List<EpochResult> results =
          trainer.fit(
              FitPlan.of(DATA, HELD_OUT, Extent.steps(10)).withEvaluateEvery(Extent.steps(3)));
      assertThat(results).extracting(EpochResult::step).containsExactly(0L, 3L, 6L, 9L, 10L);
      assertThat(results).extracting(EpochResult::epoch).containsExactly(0, 0, 1, 2, 2);
      assertThat(trainer.position().batch()).isEqualTo(2);
    }
  }

  @Test
  void fit_stopRule_endsAfterTheResultThatItWants() {
    try (Trainer trainer = trainer(new Sgd(), OPTIONS)) {
      List<EpochResult> results =
          trainer.fit(
              FitPlan.of(DATA, HELD_OUT, Extent.epochs(9)).withStop(result -> result.epoch() == 2));
      assertThat(results).hasSize(3);
      assertThat(trainer.epoch()).isEqualTo(2);
    }
  }

  /** The averages by their recurrence, from the weights after each update. */
  @Test
  void fit_averages_followTheirRecurrenceAndAreEvaluated() {
    float decay = 0.7f;
    Recorder plain = new Recorder();
    TrainerOptions options = OPTIONS.withBatchSize(20);
    try (Trainer trainer = trainer(new Sgd(0.9), options, plain)) {
      trainer.fit(DATA, HELD_OUT, 5);
    }
    Recorder averaged = new Recorder();
    try (Trainer trainer = trainer(new Sgd(0.9), options.withAverageDecay(decay), averaged)) {
      trainer.fit(DATA, HELD_OUT, 5);
      String name = "dense_1/kernel";
      float[] average = plain.evaluations().get(0).get(name).clone();
      int perEpoch = 3; // evaluation steps: 12 examples by 5
      for (int epoch = 1; epoch <= 5; epoch++) {
        float[] weights = plain.evaluations().get(epoch * perEpoch).get(name);
        float[] seen = averaged.evaluations().get(epoch * perEpoch).get(name);
        for (int i = 0; i < average.length; i++) {
          average[i] = decay * average[i] + (1 - decay) * weights[i];
          assertThat(seen[i]).isCloseTo(average[i], within(1e-6f));
        }
      }
      // Training went on with the weights themselves.
      assertThat(trainer.variables().value(name)).isEqualTo(plain.latest().get(name));
      assertThat(trainer.variables().value("average/" + name))
          .isEqualTo(averaged.latest().get(name));
    }
  }

  /**
   * It learns, and not with the numbers of float32: 8 bits of a product are kept, not 24. But on a
   * processor without the instructions for it TensorFlow may ignore it.
   */
  @Test
  void fit_bfloat16_learnsWithOtherNumbers() {
    TrainerOptions options =
        OPTIONS.withHardware(Hardware.defaults().withPrecision(Precision.BFLOAT16));
    Recorder plain = new Recorder();
    Recorder rounded = new Recorder();
    try (Trainer trainer = trainer(new Adam(), OPTIONS, plain)) {
      trainer.fit(DATA, DATA, 1);
    }
    try (Trainer trainer = trainer(new Adam(), options, rounded)) {
      List<EpochResult> results = trainer.fit(DATA, DATA, 30);
      assertThat(results.get(30).metrics().get("val_loss")).isLessThan(0.1);
    }
    // The untrained model: the same weights, other logits.
    assertThat(rounded.evaluations().get(0).get("dense_1/kernel"))
        .isEqualTo(plain.evaluations().get(0).get("dense_1/kernel"));
    float[] exact = plain.evaluations().get(0).get("logits");
    float[] found = rounded.evaluations().get(0).get("logits");
    assertThat(found).containsExactly(exact, within(0.1f));
    if (options.hardware().warning().isEmpty()) {
      assertThat(found).isNotEqualTo(exact);
    }
  }

  /** Soft placement would have put it on a processor. */
  @Test
  void construct_deviceThatIsNotThere_isRefusedByName() {
    Hardware absent = Hardware.defaults().withDevices(Device.gpu(0), Device.gpu(99));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> trainer(new Sgd(), OPTIONS.withHardware(absent)))
        .withMessageStartingWith("TensorFlow must have all devices of [")
        .withMessageContaining("index=99");
  }

  @Test
  void fit_dataFail_surfacesWhereTheBatchIsDue() {
    Dataset failing = new Failing();
    try (Trainer trainer = trainer(new Sgd(), OPTIONS)) {
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> trainer.fit(failing, HELD_OUT, 1))
          .withMessage("disk on fire");
      assertThat(trainer.fit(DATA, HELD_OUT, 1)).hasSize(2); // nothing had changed
    }
  }

  @Test
  void plan_outOfRange_isRefusedWithItsValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Extent.steps(-1))
        .withMessage("steps must be at least 0, got -1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> FitPlan.of(DATA, DATA, Extent.epochs(1)).withEvaluateEvery(Extent.epochs(0)))
        .withMessage("evaluateEvery must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OPTIONS.withAccumulation(0))
        .withMessage("accumulation must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OPTIONS.withAverageDecay(1))
        .withMessage("averageDecay must be in (0, 1), got 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hardware.defaults().withDevices())
        .withMessage("devices must not be empty, got []");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hardware.defaults().withDevices(Device.cpu(0), Device.cpu(0)));
    assertThatIllegalArgumentException().isThrownBy(() -> Hardware.defaults().withThreads(-1, 0));
    Hardware graphics = Hardware.defaults().withDevices(Device.gpu(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> graphics.withPrecision(Precision.BFLOAT16))
        .withMessage(
            "precision BFLOAT16 is computed on processors only, got devices " + graphics.devices());
  }

  /** Once by each trainer that is to compute so; whether there is one depends on the machine. */
  @Test
  void construct_bfloat16_logsWhatIsKnownOfTheProcessor() {
    Hardware rounding = Hardware.defaults().withPrecision(Precision.BFLOAT16);
    try (Warnings warnings = new Warnings(Trainer.class);
        Trainer plain = trainer(new Sgd(), OPTIONS)) {
      assertThat(plain.step()).isZero();
      assertThat(warnings.messages()).isEmpty();
      try (Trainer rounded = trainer(new Sgd(), OPTIONS.withHardware(rounding))) {
        assertThat(rounded.step()).isZero();
      }
      assertThat(warnings.messages())
          .isEqualTo(
              Bfloat16Support.warning(Bfloat16Support.DESCRIPTION, System.getProperty("os.arch"))
                  .stream()
                  .map(warning -> "WARN " + warning)
                  .toList());
    }
  }

  /** Data that cannot be gathered. */
  private static final class Failing implements Dataset {
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
      throw new IllegalStateException("disk on fire");
    }
  }

  @Test
  void fit_lossNotFiniteWithinAnUpdate_namesTheUpdate() {
    float[] features = Examples.features(20 * 8, 1);
    Arrays.fill(features, Float.NaN);
    LabeledData poisoned = new LabeledData(features, Examples.labels(20, 4, 1), 4);
    try (Trainer trainer = trainer(new Sgd(), OPTIONS.withAccumulation(3))) {
      assertThatExceptionOfType(NonFiniteLossException.class)
          .isThrownBy(() -> trainer.fit(poisoned, HELD_OUT, 1))
          .extracting(NonFiniteLossException::step)
          .isEqualTo(1L);
      assertThat(trainer.step()).isZero(); // the first batch of three: no weight has changed
    }
  }

  /** A callback that refuses a step has changed nothing, so that training may go on. */
  @Test
  void fit_callbackRefusesAStep_leavesTheTrainingWhole() {
    boolean[] refuses = {true};
    TrainingCallback refusing =
        new TrainingCallback() {
          @Override
          public void attach(TrainingGraph graph) {}

          @Override
          public StepRequest request(Step step) {
            if (refuses[0] && step.phase() == Phase.TRAINING && step.number() == 2) {
              throw new IllegalStateException("not now");
            }
            return StepRequest.NOTHING;
          }
        };
    try (Trainer trainer = trainer(new Sgd(), OPTIONS, refusing)) {
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> trainer.fit(DATA, HELD_OUT, 1))
          .withMessage("not now");
      assertThat(trainer.step()).isEqualTo(1);
      refuses[0] = false;
      assertThat(trainer.fit(DATA, HELD_OUT, 1)).hasSize(1);
    }
  }

  private static Trainer trainer(
      Optimizer optimizer, TrainerOptions options, TrainingCallback... callbacks) {
    return new Trainer(MODEL, Kaiming.normal(1), optimizer, options, callbacks);
  }

  private static void requireClose(
      List<EpochResult> results, List<EpochResult> expected, double tolerance) {
    assertThat(results).hasSameSizeAs(expected);
    for (int i = 0; i < results.size(); i++) {
      Map<String, Double> metrics = results.get(i).metrics();
      expected
          .get(i)
          .metrics()
          .forEach(
              (name, value) -> assertThat(metrics.get(name)).isCloseTo(value, within(tolerance)));
    }
  }

  private static void requireWeights(Recorder found, Recorder expected, double tolerance) {
    expected
        .latest()
        .forEach(
            (name, values) ->
                assertThat(found.latest().get(name))
                    .containsExactly(values, within((float) tolerance)));
  }
}
