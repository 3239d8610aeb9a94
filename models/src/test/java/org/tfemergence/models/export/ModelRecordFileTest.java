package org.tfemergence.models.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.init.initializer.EmergencePromoting;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.plan.DepthProfile;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.export.proto.SavedRecord;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.vision.Mlp;

final class ModelRecordFileTest {
  private static final Mlp MODEL = new Mlp(8, ImmutableList.of(16, 12), 4, Activation.TANH);

  @TempDir private Path folder;

  @Test
  void of_record_tellsItsComponents() {
    ModelRecord record = ModelRecord.of(MODEL);

    assertThat(record.model()).isEqualTo("Mlp");
    assertThat(record.settings())
        .containsExactly(
            entry("inputs", "8"),
            entry("hidden", "[16, 12]"),
            entry("classes", "4"),
            entry("activation", "TANH"));
  }

  @Test
  void of_otherModel_tellsNoSettings() {
    Model model =
        new Model() {
          @Override
          public Blueprint blueprint() {
            return MODEL.blueprint();
          }
        };
    assertThat(ModelRecord.of(model).settings()).isEmpty();
    assertThat(ModelRecord.of(model).model()).isEqualTo("unnamed");
    Blueprint blueprint = MODEL.blueprint();
    Model function = () -> blueprint;
    assertThat(ModelRecord.of(function).model()).isEqualTo("unnamed");
  }

  @Test
  void read_givesWhatWasWritten() throws IOException {
    ModelRecord record = whole();
    ModelRecordFile.write(record, folder);

    assertThat(ModelRecordFile.read(folder)).isEqualTo(record);
    assertThat(folder.resolve("assets.extra/tf-emergence.pb")).exists();

    Path bare = Files.createDirectory(folder.resolve("bare"));
    ModelRecordFile.write(ModelRecord.of(MODEL), bare);
    assertThat(ModelRecordFile.read(bare)).isEqualTo(ModelRecord.of(MODEL));
  }

  @Test
  void read_anyByteFlippedOrCut_isRefused() throws IOException {
    ModelRecordFile.write(whole(), folder);
    Path file = folder.resolve("assets.extra/tf-emergence.pb");
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bytes.length; i++) {
      byte[] flipped = bytes.clone();
      flipped[i] ^= (byte) (1 << (i % 8));
      refused(file, flipped);
      refused(file, Arrays.copyOf(bytes, i));
    }
  }

  @Test
  void read_absent_isRefused() {
    assertThatIOException()
        .isThrownBy(() -> ModelRecordFile.read(folder))
        .isInstanceOf(NoSuchFileException.class)
        .withMessageContaining("tf-emergence.pb");
  }

  @Test
  void read_newer_isRefusedWithBothFormats() throws IOException {
    ModelRecordFile.write(whole(), folder);
    Path file = folder.resolve("assets.extra/tf-emergence.pb");
    SavedRecord saved = SavedRecord.parseFrom(Files.readAllBytes(file));
    Files.write(file, saved.toBuilder().setFormat(2).build().toByteArray());
    assertThatIOException()
        .isThrownBy(() -> ModelRecordFile.read(folder))
        .withMessageContainingAll(file.toString(), "found format 2, expected at most 1");
  }

  @Test
  void sparsity_moreThanAll_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelRecord.Sparsity("w", 4, 5))
        .withMessage("weight 'w': kept must be in [0, 4], got 5");
  }

  private void refused(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    assertThatIOException()
        .isThrownBy(() -> ModelRecordFile.read(folder))
        .withMessageContaining(file.toString());
  }

  private static ModelRecord whole() {
    return ModelRecord.of(MODEL)
        .withPlan(
            new EmergencePromoting(Kaiming.normal(1), DepthProfile.geometric(1.1))
                .plan(MODEL.kernels()))
        .withHistory(new EmergenceHistory("published", ActivityRule.DEFAULT, ImmutableList.of()))
        .withHistory(new EmergenceHistory("strict", ActivityRule.DEFAULT, ImmutableList.of()))
        .exported(
            List.of(new ModelRecord.Sparsity("dense_1/kernel", 128, 64)),
            Optional.of(new PixelScaling(ImmutableList.of(0.1, 0.2), ImmutableList.of(0.3, 1.0))));
  }
}
