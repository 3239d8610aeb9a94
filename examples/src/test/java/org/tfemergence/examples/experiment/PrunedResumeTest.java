package org.tfemergence.examples.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.prune.callback.PruningCallback;

/** A pruned training goes on from a checkpoint as if it had never stopped. */
final class PrunedResumeTest {
  private static final LabeledData TRAINING = data(96, 1);
  private static final LabeledData HELD_OUT = data(40, 2);
  private static final int STEPS_PER_EPOCH = 6;
  private static final TrainerOptions OPTIONS = TrainerOptions.defaults().withBatchSize(16);

  @TempDir Path folder;

  /** Stopped before or after the pruning, without averages of the weights and with them. */
  @ParameterizedTest
  @CsvSource({"1, 0", "3, 0", "1, 0.9", "3, 0.9"})
  void resume_isBitIdentical(int stop, double averageDecay) throws IOException {
    TrainerOptions options = averageDecay == 0 ? OPTIONS : OPTIONS.withAverageDecay(averageDecay);
    List<EpochResult> expectedEpochs = new ArrayList<>();
    List<EmergenceReading> expectedReadings = new ArrayList<>();
    try (Training whole = new Training(options)) {
      expectedEpochs.addAll(whole.trainer.fit(TRAINING, HELD_OUT, 5));
      expectedReadings.addAll(whole.emergence.history().readings());
      whole.trainer.variables().save(folder.resolve("whole"));
      assertThat(whole.pruning.report().masked()).isEqualTo((12 * 16 + 16 * 8 + 8 * 4) / 2);
    }
    Path checkpoint = folder.resolve("checkpoint");
    List<EpochResult> epochs = new ArrayList<>();
    List<EmergenceReading> readings = new ArrayList<>();
    try (Training first = new Training(options)) {
      epochs.addAll(first.trainer.fit(TRAINING, HELD_OUT, stop));
      first.trainer.save(checkpoint);
    }
    try (Training second = new Training(options)) {
      second.trainer.restore(checkpoint);
      epochs.addAll(second.trainer.fit(TRAINING, HELD_OUT, 5));
      readings.addAll(second.emergence.history().readings()); // the checkpoint keeps those before
      second.trainer.variables().save(folder.resolve("resumed"));
    }

    assertThat(epochs).isEqualTo(expectedEpochs);
    assertThat(readings).isEqualTo(expectedReadings);
    assertThat(readings.get(2).parameters()).isGreaterThan(readings.get(3).parameters());
    // Weights, their averages, momentum and masks, byte for byte.
    assertThat(Files.readAllBytes(folder.resolve("resumed.data-00000-of-00001")))
        .isEqualTo(Files.readAllBytes(folder.resolve("whole.data-00000-of-00001")));
  }

  /** Prunes after the first step of the third epoch. */
  private static final class Training implements AutoCloseable {
    final PruningCallback pruning = PruningCallback.oneShot(2 * STEPS_PER_EPOCH + 1, 0.5);
    final EmergenceCallback emergence =
        EmergenceCallback.builder().parameters(pruning::remainingParameters).build();
    final Trainer trainer;

    Training(TrainerOptions options) {
      trainer =
          new Trainer(
              Mlp.of(12, 4, 16, 8), Kaiming.normal(3), new Sgd(0.9), options, emergence, pruning);
    }

    @Override
    public void close() {
      trainer.close();
    }
  }

  private static LabeledData data(int examples, long seed) {
    Random random = new Random(seed);
    float[] features = new float[examples * 12];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    return new LabeledData(features, random.ints(examples, 0, 4).toArray(), 4);
  }
}
