package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.OpenModel;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.models.weights.WeightMap;
import org.tfemergence.models.weights.WeightTransfer;

final class CheckpointWeightsTest {
  private static final Mlp MODEL = Mlp.of(3, 2, 4);

  @TempDir private Path folder;

  @Test
  void checkpoint_intoModelOfOtherClasses_givesAllButLogits() throws IOException {
    Path directory = folder.resolve("widths=[256,256]/checkpoint"); // a pattern to TensorFlow
    float[] kernel;
    try (Trainer trainer =
        new Trainer(MODEL, Kaiming.normal(1), new Sgd(0.9), TrainerOptions.defaults())) {
      trainer.save(directory);
      kernel = trainer.variables().value("dense_1/kernel");
    }
    CheckpointWeights weights = CheckpointWeights.of(directory);
    assertThat(weights.shapes())
        .containsEntry("dense_1/kernel", Shape.of(3, 4))
        .containsEntry("optimizer/momentum/logits/bias", Shape.of(2));
    try (OpenModel other = new OpenModel(Mlp.of(3, 7, 4), Kaiming.normal(2))) {
      WeightTransfer done =
          WeightTransfer.whatFits(
              weights,
              other.variables(),
              WeightMap.sameNames(List.of("dense_1/kernel", "dense_1/bias")));

      assertThat(done.taken()).containsOnlyKeys("dense_1/kernel", "dense_1/bias");
      assertThat(done.missing()).hasSize(2);
      assertThat(done.superfluous()).contains("logits/kernel", "optimizer/momentum/dense_1/kernel");
      assertThat(other.variables().value("dense_1/kernel")).isEqualTo(kernel);
    }
  }

  /** What the training evaluated: averages, where they were kept. */
  @Test
  void evaluated_intoInferenceGraph_givesAverages() throws IOException {
    Path directory = folder.resolve("checkpoint");
    float[] average;
    try (Trainer trainer =
        new Trainer(
            MODEL,
            Kaiming.normal(1),
            new Sgd(0.9),
            TrainerOptions.defaults().withBatchSize(10).withAverageDecay(0.9))) {
      trainer.fit(Examples.noise(20, 3, 2, 1), Examples.noise(20, 3, 2, 2), 2);
      trainer.save(directory);
      average = trainer.variables().value("average/logits/kernel");
      assertThat(trainer.variables().value("logits/kernel")).isNotEqualTo(average);
    }
    try (OpenModel open = new OpenModel(MODEL, Kaiming.normal(2));
        OpenModel wider = new OpenModel(Mlp.of(3, 2, 5), Kaiming.normal(2))) {
      WeightTransfer.byName(CheckpointWeights.evaluated(directory), open.variables());
      assertThat(open.variables().value("logits/kernel")).isEqualTo(average);

      assertThatIOException()
          .isThrownBy(
              () -> WeightTransfer.byName(CheckpointWeights.of(directory), wider.variables()))
          .withMessageContainingAll(directory.toString(), "'dense_1/bias' [5]", "found [4]");
    }
  }

  @Test
  void of_damaged_isRefused() throws IOException {
    Path directory = folder.resolve("checkpoint");
    try (Trainer trainer =
        new Trainer(MODEL, Kaiming.normal(1), new Sgd(), TrainerOptions.defaults())) {
      trainer.save(directory);
    }
    Path data = directory.resolve("variables.data-00000-of-00001");
    byte[] bytes = Files.readAllBytes(data);
    bytes[5] ^= 1;
    Files.write(data, bytes);
    assertThatIOException()
        .isThrownBy(() -> CheckpointWeights.of(directory))
        .withMessageContainingAll(data.toString(), "SHA-256");
  }
}
