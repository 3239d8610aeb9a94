package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.augment.Cutout;
import org.tfemergence.models.augment.HorizontalFlip;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.augment.RandomCrop;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.data.ImageData;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Conv2d;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.Dropout;
import org.tfemergence.models.layer.Flatten;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.optimize.AdamW;
import org.tfemergence.models.optimize.GradientTransform;
import org.tfemergence.models.testing.Copies;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;

/**
 * All that is random or remembered in a training, and what was measured of it, is so from a
 * checkpoint within an epoch.
 */
final class ResumeTest {
  private static final TrainerOptions OPTIONS =
      new TrainerOptions(4, 50, Schedule.cosine(0.01, 0.001, 20), 3)
          .withAccumulation(2)
          .withLoaderThreads(2)
          .withAverageDecay(0.9)
          .withGradients(
              GradientTransform.weightDecay(1e-3).then(GradientTransform.clipByGlobalNorm(1)));

  @TempDir private Path folder;

  /** Batch statistics, dropout, augmentation, averages, accumulation, two loader threads. */
  @Test
  void restore_imagesWithAllThatIsRandom_isBitIdentical() throws IOException {
    byte[] pixels = new byte[24 * 6 * 6];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 31);
    }
    Dataset images =
        ImageData.of(pixels, new ImageShape(6, 6, 1), Examples.labels(24, 3, 1), 3)
            .withAugmentation(new RandomCrop(1), new HorizontalFlip(), new Cutout(2));
    requireSame(convolutional(), new Classification(), images, OPTIONS);
  }

  /** Dropout of a Transformer, batches by tokens. */
  @Test
  void restore_sentencesWithAllThatIsRandom_isBitIdentical() throws IOException {
    requireSame(
        Transformer.of(11, 11, 16, 1, 16, 2, 32).withDropout(0.2),
        new TokenPrediction(SpecialTokens.PADDING, 0.1),
        Copies.of(24, 2, 11, 1),
        OPTIONS.withBatchSize(30));
  }

  private void requireSame(Model model, Objective objective, Dataset data, TrainerOptions options)
      throws IOException {
    List<EpochResult> expected;
    EmergenceCallback watched = emergence();
    try (Checkpoints checkpoints =
            Checkpoints.open(folder.resolve("checkpoints"), Retention.last(100));
        Trainer whole = trainer(model, objective, options, watched)) {
      expected =
          whole.fit(
              FitPlan.of(data, data, Extent.epochs(4))
                  .withCheckpoints(checkpoints, Extent.steps(4)));
      whole.variables().save(folder.resolve("whole"));
    }
    EmergenceCallback again = emergence();
    try (Trainer resumed = trainer(model, objective, options, again)) {
      resumed.restore(folder.resolve("checkpoints/checkpoint-000001-step-4"));
      assertThat(resumed.position().batch()).isPositive();
      List<EpochResult> rest = resumed.fit(data, data, 4);
      assertThat(rest)
          .isNotEmpty()
          .isEqualTo(expected.subList(expected.size() - rest.size(), expected.size()));
      assertThat(again.history().readings()).hasSameSizeAs(expected);
      assertThat(again.history()).isEqualTo(watched.history());
      resumed.variables().save(folder.resolve("resumed"));
    }
    assertThat(Files.readAllBytes(folder.resolve("resumed.data-00000-of-00001")))
        .isEqualTo(Files.readAllBytes(folder.resolve("whole.data-00000-of-00001")));
  }

  private static EmergenceCallback emergence() {
    return EmergenceCallback.builder().measure(LayerEmergence.STRICT).build();
  }

  private static Trainer trainer(
      Model model, Objective objective, TrainerOptions options, EmergenceCallback emergence) {
    return new Trainer(model, objective, Kaiming.normal(1), new AdamW(0.01), options, emergence);
  }

  private static Model convolutional() {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("input", TFloat32.class, Shape.of(6, 6, 1)));
    x = plan.add(Conv2d.of("conv", 4, 3, Activation.RELU).withNormalization(BatchNorm.PYTORCH), x);
    x = plan.add(new Dropout("dropout", 0.3), plan.add(new Flatten("flatten"), x));
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 3, Activation.LINEAR), x));
    return () -> blueprint;
  }
}
