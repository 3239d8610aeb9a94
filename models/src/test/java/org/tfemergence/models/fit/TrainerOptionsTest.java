package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.StopRule;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.optimize.GradientTransform;
import org.tfemergence.models.testing.Examples;

final class TrainerOptionsTest {
  @TempDir private Path folder;

  @Test
  void defaults_areTheDocumentedOnes() {
    TrainerOptions options = TrainerOptions.defaults();

    assertThat(options.batching().size()).isEqualTo(64);
    assertThat(options.batching().evaluationSize()).isEqualTo(500);
    assertThat(options.updating().learningRate().at(1)).isEqualTo(0.01);
    assertThat(options.updating().learningRate().at(1_000_000)).isEqualTo(0.01);
    assertThat(options.seed()).isEqualTo(1);
  }

  /** Each value differs from the default, and each change from what was there. */
  @Test
  void with_changesOneThing() {
    Schedule rate = step -> 1.0 / step;
    Schedule otherRate = Schedule.constant(1);
    GradientTransform clip = GradientTransform.clipByGlobalNorm(5);
    GradientTransform decay = GradientTransform.weightDecay(6);
    Batching batching = new Batching(2, 3, 4, 5);
    Updating updating = new Updating(rate, clip, OptionalDouble.of(0.5));
    Hardware hardware = Hardware.defaults().withThreads(1, 2);
    Hardware others = Hardware.defaults().withThreads(2, 1);
    TrainerOptions options = new TrainerOptions(batching, updating, hardware, 7);

    assertThat(options.withBatchSize(9)).isEqualTo(with(options, new Batching(9, 3, 4, 5)));
    assertThat(options.withEvaluationBatchSize(9))
        .isEqualTo(with(options, new Batching(2, 9, 4, 5)));
    assertThat(options.withAccumulation(9)).isEqualTo(with(options, new Batching(2, 3, 9, 5)));
    assertThat(options.withLoaderThreads(9)).isEqualTo(with(options, new Batching(2, 3, 4, 9)));
    assertThat(options.withBatching(new Batching(6, 7, 8, 9)))
        .isEqualTo(with(options, new Batching(6, 7, 8, 9)));
    assertThat(options.withLearningRate(otherRate))
        .isEqualTo(with(options, new Updating(otherRate, clip, OptionalDouble.of(0.5))));
    assertThat(options.withGradients(decay))
        .isEqualTo(with(options, new Updating(rate, decay, OptionalDouble.of(0.5))));
    assertThat(options.withAverageDecay(0.9))
        .isEqualTo(with(options, new Updating(rate, clip, OptionalDouble.of(0.9))));
    Updating plain = new Updating(otherRate, decay, OptionalDouble.empty());
    assertThat(options.withUpdating(plain)).isEqualTo(with(options, plain));
    assertThat(options.withHardware(others))
        .isEqualTo(new TrainerOptions(batching, updating, others, 7));
    assertThat(options.withSeed(9)).isEqualTo(new TrainerOptions(batching, updating, hardware, 9));
  }

  /** Whoever adds a change adds it to the test above, too. */
  @Test
  void with_areAllChecked() {
    assertThat(TrainerOptions.class.getDeclaredMethods())
        .extracting(Method::getName)
        .filteredOn(name -> name.startsWith("with"))
        .containsExactlyInAnyOrder(
            "withBatchSize",
            "withEvaluationBatchSize",
            "withAccumulation",
            "withLoaderThreads",
            "withBatching",
            "withLearningRate",
            "withGradients",
            "withAverageDecay",
            "withUpdating",
            "withHardware",
            "withSeed");
  }

  @Test
  void hardwareWith_changesOneThing() {
    ImmutableList<Device> two = ImmutableList.of(Device.cpu(0), Device.cpu(1));
    Hardware hardware = new Hardware(two, Precision.BFLOAT16, 1, 2);

    assertThat(hardware.withDevices(Device.cpu(0)))
        .isEqualTo(new Hardware(ImmutableList.of(Device.cpu(0)), Precision.BFLOAT16, 1, 2));
    assertThat(hardware.withPrecision(Precision.FLOAT32))
        .isEqualTo(new Hardware(two, Precision.FLOAT32, 1, 2));
    assertThat(hardware.withThreads(2, 1)).isEqualTo(new Hardware(two, Precision.BFLOAT16, 2, 1));
  }

  @Test
  void planWith_changesOneThing() throws IOException {
    LabeledData training = Examples.noise(4, 2, 2, 1);
    LabeledData validation = Examples.noise(3, 2, 2, 2);
    StopRule never = result -> false;
    StopRule always = result -> true;
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1))) {
      Saving saving = new Saving(checkpoints, Extent.steps(7));
      FitPlan plan =
          new FitPlan(
              training, validation, Extent.steps(9), Extent.steps(3), never, Optional.of(saving));

      assertThat(plan.withEvaluateEvery(Extent.epochs(2)))
          .isEqualTo(
              new FitPlan(
                  training,
                  validation,
                  Extent.steps(9),
                  Extent.epochs(2),
                  never,
                  Optional.of(saving)));
      assertThat(plan.withStop(always))
          .isEqualTo(
              new FitPlan(
                  training,
                  validation,
                  Extent.steps(9),
                  Extent.steps(3),
                  always,
                  Optional.of(saving)));
      assertThat(plan.withCheckpoints(checkpoints, Extent.epochs(4)))
          .isEqualTo(
              new FitPlan(
                  training,
                  validation,
                  Extent.steps(9),
                  Extent.steps(3),
                  never,
                  Optional.of(new Saving(checkpoints, Extent.epochs(4)))));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void batchSize_belowOne_isRefusedWithItsValue(int size) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrainerOptions.defaults().withBatchSize(size))
        .withMessage("batchSize must be at least 1, got " + size);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TrainerOptions(1, size, Schedule.constant(1), 1))
        .withMessage("evaluationBatchSize must be at least 1, got " + size);
  }

  private static TrainerOptions with(TrainerOptions options, Batching batching) {
    return new TrainerOptions(batching, options.updating(), options.hardware(), options.seed());
  }

  private static TrainerOptions with(TrainerOptions options, Updating updating) {
    return new TrainerOptions(options.batching(), updating, options.hardware(), options.seed());
  }
}
