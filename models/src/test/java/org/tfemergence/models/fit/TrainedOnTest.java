package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.data.ImageData;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.testing.Warnings;
import org.tfemergence.models.vision.Mlp;

/** What a training knows of its data, and its checkpoints with it. */
final class TrainedOnTest {
  private static final PixelScaling SCALING =
      new PixelScaling(ImmutableList.of(0.1307, 1.0 / 3), ImmutableList.of(0.3081, 1e-9));
  private static final ImageData IMAGES =
      ImageData.of(new byte[48], new ImageShape(2, 3, 2), new int[4], 3).withScaling(SCALING);
  private static final ImageData OTHERWISE = IMAGES.withScaling(PixelScaling.none(2));

  @TempDir private Path folder;

  @Test
  void options_readBack_areTheSame() {
    for (TrainedOn data :
        new TrainedOn[] {
          new TrainedOn(4, Optional.of(SCALING)),
          new TrainedOn(7, Optional.of(PixelScaling.none(1))),
          new TrainedOn(1, Optional.empty())
        }) {
      ImmutableMap<String, String> options =
          ImmutableMap.<String, String>builder()
              .put("batchSize", "3")
              .putAll(data.options())
              .buildOrThrow();
      assertThat(TrainedOn.of(options)).hasValue(data);
      assertThat(TrainedOn.without(options)).containsOnlyKeys("batchSize");
    }
    assertThat(TrainedOn.of(ImmutableMap.of("batchSize", "3"))).isEmpty();
  }

  @Test
  void restore_tellsTheScaling_andOtherDataAreWarnedOf() throws Exception {
    try (Trainer trainer = trainer()) {
      assertThat(trainer.scaling()).isEmpty();
      trainer.fit(IMAGES, IMAGES, 1);
      assertThat(trainer.scaling()).hasValue(SCALING);
      trainer.save(folder.resolve("checkpoint"));
    }
    try (Trainer trainer = trainer();
        Warnings warnings = new Warnings(TrainingState.class)) {
      trainer.restore(folder.resolve("checkpoint"));
      assertThat(trainer.scaling()).hasValue(SCALING);
      trainer.fit(IMAGES, IMAGES, 2);
      assertThat(warnings.messages()).isEmpty();
      trainer.fit(OTHERWISE, OTHERWISE, 3);
      LabeledData numbers = new LabeledData(new float[48], new int[4], 3);
      trainer.fit(numbers, numbers, 4);
      String none = PixelScaling.none(2).toString();
      assertThat(warnings.messages())
          .containsExactly(
              "WARN was trained on pixels of " + SCALING + ", goes on with " + none,
              "WARN was trained on pixels of " + none + ", goes on with numbers");
      assertThat(trainer.scaling()).isEmpty();
    }
  }

  @Test
  void fit_validationScaledOtherwise_isRefused() {
    try (Trainer trainer = trainer()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.fit(IMAGES, OTHERWISE, 1))
          .withMessage(
              "validation data have pixels of "
                  + PixelScaling.none(2)
                  + ", the training data of "
                  + SCALING);
    }
  }

  private static Trainer trainer() {
    return new Trainer(
        Mlp.of(12, 3, 4),
        Kaiming.normal(1),
        new Sgd(),
        new TrainerOptions(2, 4, Schedule.constant(0.1), 3));
  }
}
