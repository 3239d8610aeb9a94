package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.primitives.Bytes;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.augment.HorizontalFlip;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.augment.RandomCrop;
import org.tfemergence.models.callback.Evaluator;
import org.tfemergence.models.data.ImageData;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.fit.proto.CheckpointManifest;
import org.tfemergence.models.layer.Activate;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Attention;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Conv2d;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.Dropout;
import org.tfemergence.models.layer.Flatten;
import org.tfemergence.models.layer.GlobalPool;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.LayerSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pooling;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.objective.MetricSums;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.testing.Counter;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.vision.Mlp;

final class CheckpointTest {
  private static final String DATA_FILE = "variables.data-00000-of-00001";
  private static final Mlp MODEL = Mlp.of(8, 4, 16);
  private static final LabeledData DATA = Examples.noise(20, 8, 4, 1);
  private static final LabeledData HELD_OUT = Examples.noise(12, 8, 4, 2);
  private static final TrainerOptions OPTIONS =
      new TrainerOptions(6, 5, step -> 0.1 / Math.sqrt((double) step), 3);

  @TempDir private Path folder;

  static List<Optimizer> optimizers() {
    return List.of(new Sgd(), new Sgd(0.9), new Adam());
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void fit_afterRestore_isFitWithoutStop(Optimizer optimizer) throws IOException {
    Counter straight = Counter.fromZero();
    List<EpochResult> expected;
    try (Trainer trainer = trainer(MODEL, optimizer, straight)) {
      expected = trainer.fit(DATA, HELD_OUT, 6);
      trainer.save(folder.resolve("straight"));
    }

    List<EpochResult> results = new ArrayList<>();
    try (Trainer trainer = trainer(MODEL, optimizer, Counter.fromZero())) {
      results.addAll(trainer.fit(DATA, HELD_OUT, 3));
      trainer.save(folder.resolve("half"));
    }
    Counter resumed = Counter.fromZero();
    try (Trainer trainer = trainer(MODEL, optimizer, resumed)) {
      trainer.restore(folder.resolve("half"));
      assertThat(trainer.step()).isEqualTo(12);
      assertThat(trainer.epoch()).isEqualTo(3);
      results.addAll(trainer.fit(DATA, HELD_OUT, 6));
      trainer.save(folder.resolve("resumed"));
    }

    assertThat(results).isEqualTo(expected);
    assertThat(straight.counts()).hasSize(24);
    assertThat(resumed.counts()).isEqualTo(straight.counts().subList(12, 24));
    assertThat(files(folder.resolve("resumed"))).isEqualTo(files(folder.resolve("straight")));
    assertThat(files(folder.resolve("half"))).isNotEqualTo(files(folder.resolve("straight")));
  }

  @Test
  void restore_earlierState_goesBack() throws IOException {
    try (Trainer trainer = trainer(MODEL, new Adam())) {
      trainer.fit(DATA, HELD_OUT, 1);
      trainer.save(folder.resolve("one"));
      List<EpochResult> first = trainer.fit(DATA, HELD_OUT, 3);

      trainer.restore(folder.resolve("one"));

      assertThat(trainer.epoch()).isEqualTo(1);
      assertThat(trainer.fit(DATA, HELD_OUT, 3)).isEqualTo(first);
    }
  }

  @Test
  void save_twice_givesTheSameBytes() throws IOException {
    try (Trainer trainer = trainer(MODEL, new Adam(), Counter.fromZero())) {
      trainer.fit(DATA, HELD_OUT, 1);
      trainer.save(folder.resolve("a"));
      trainer.save(folder.resolve("b"));
    }
    assertThat(files(folder.resolve("a"))).isEqualTo(files(folder.resolve("b")));
  }

  @Test
  void save_untrained_canBeRestored() throws IOException {
    try (Trainer trainer = trainer(MODEL, new Adam());
        Trainer other = trainer(MODEL, new Adam())) {
      trainer.save(folder.resolve("made/on/the/way/zero"));
      other.fit(DATA, HELD_OUT, 2);
      other.restore(folder.resolve("made/on/the/way/zero"));

      assertThat(other.fit(DATA, HELD_OUT, 2)).isEqualTo(trainer.fit(DATA, HELD_OUT, 2));
    }
  }

  @Test
  void manifest_listsEachVariableWithItsShape() throws IOException {
    Path saved = saved(MODEL, new Sgd(0.9), Counter.fromZero());

    CheckpointManifest manifest = manifest(saved);

    assertThat(manifest.getStep()).isEqualTo(4);
    assertThat(manifest.getEpoch()).isEqualTo(1);
    assertThat(manifest.getSeed()).isEqualTo(3);
    assertThat(manifest.getModelList().stream().map(each -> each.getName() + "=" + each.getValue()))
        .contains("dense_1=Dense of input", "dense_1: activation=RELU", "logits: units=4");
    assertThat(
            manifest.getOptionsList().stream().map(each -> each.getName() + "=" + each.getValue()))
        .contains("batchSize=6", "precision=FLOAT32", "examples=20")
        .anyMatch(each -> each.startsWith("optimizer=Sgd[momentum=0.9"))
        .anyMatch(each -> each.startsWith("learningRate=0.1 at 1, 0.03162"))
        .noneMatch(each -> each.contains("Lambda") || each.contains("@"));
    assertThat(
            manifest.getVariablesList().stream()
                .map(variable -> variable.getName() + variable.getShapeList()))
        .containsExactlyInAnyOrder(
            "dense_1/kernel[8, 16]",
            "dense_1/bias[16]",
            "logits/kernel[16, 4]",
            "logits/bias[4]",
            "optimizer/momentum/dense_1/kernel[8, 16]",
            "optimizer/momentum/dense_1/bias[16]",
            "optimizer/momentum/logits/kernel[16, 4]",
            "optimizer/momentum/logits/bias[4]",
            Counter.NAME + "[]");
    assertThat(files(saved)).containsOnlyKeys("manifest.pb", "variables.index", DATA_FILE);
  }

  @Test
  void restore_noManifest_isRefused() throws IOException {
    Path saved = saved();
    Files.delete(saved.resolve("manifest.pb"));

    refused(saved, "manifest.pb", "no manifest");
    refused(folder.resolve("absent"), "no manifest");
  }

  @Test
  void restore_garbageManifest_isRefused() throws IOException {
    Path saved = saved();
    Files.writeString(saved.resolve("manifest.pb"), "not a manifest at all");
    refused(saved, "manifest.pb", "not a checkpoint manifest");

    Files.write(saved.resolve("manifest.pb"), new byte[0]);
    refused(saved, "manifest.pb");
  }

  @Test
  void restore_newerFormat_isRefusedWithBothFormats() throws IOException {
    Path saved = saved();
    rewrite(saved, manifest -> manifest.setFormat(3));
    refused(saved, "manifest.pb", "found format 3, expected at most 2");

    rewrite(saved, manifest -> manifest.setFormat(-1));
    refused(saved, "found format -1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"variables.index", DATA_FILE})
  void restore_fileShortened_isRefusedWithBothSizes(String name) throws IOException {
    Path saved = saved();
    byte[] bytes = Files.readAllBytes(saved.resolve(name));
    Files.write(saved.resolve(name), Arrays.copyOf(bytes, bytes.length - 1));

    refused(saved, name, "found " + (bytes.length - 1) + " bytes, expected " + bytes.length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"variables.index", DATA_FILE})
  void restore_byteFlipped_isRefused(String name) throws IOException {
    Path saved = saved();
    byte[] bytes = Files.readAllBytes(saved.resolve(name));
    bytes[bytes.length / 2] ^= 1;
    Files.write(saved.resolve(name), bytes);

    refused(saved, name, "SHA-256");
  }

  @ParameterizedTest
  @ValueSource(strings = {"variables.index", DATA_FILE})
  void restore_fileMissing_isRefused(String name) throws IOException {
    Path saved = saved();
    Files.delete(saved.resolve(name));

    refused(saved, name);
  }

  /** A flip in the manifest could otherwise change the step or the seed unnoticed. */
  @Test
  void restore_anyByteOfManifestFlipped_isRefused() throws IOException {
    Path saved = saved();
    Path file = saved.resolve("manifest.pb");
    byte[] bytes = Files.readAllBytes(file);
    try (Trainer trainer = trainer(MODEL, new Sgd(0.9))) {
      for (int i = 0; i < bytes.length; i++) {
        byte[] flipped = bytes.clone();
        flipped[i] ^= (byte) (1 << (i % 8));
        Files.write(file, flipped);
        assertThatIOException()
            .as("byte %d flipped", i)
            .isThrownBy(() -> trainer.restore(saved))
            .withMessageContaining(file.toString());
      }
      Files.write(file, bytes);
      trainer.restore(saved);
      assertThat(trainer.step()).isEqualTo(4);
    }
  }

  @Test
  void restore_manifestCutAnywhere_isRefused() throws IOException {
    Path saved = saved();
    Path file = saved.resolve("manifest.pb");
    byte[] bytes = Files.readAllBytes(file);
    try (Trainer trainer = trainer(MODEL, new Sgd(0.9))) {
      for (int length = 0; length < bytes.length; length++) {
        Files.write(file, Arrays.copyOf(bytes, length));
        assertThatIOException()
            .as("cut to %d bytes", length)
            .isThrownBy(() -> trainer.restore(saved));
      }
    }
  }

  @Test
  void restore_otherArchitecture_namesVariableAndShapes() throws IOException {
    refused(
        saved(Mlp.of(8, 4, 17), new Sgd(0.9)),
        "variable 'dense_1/kernel' is of shape [8, 17], expected shape [8, 16]");
  }

  @Test
  void restore_otherArchitecture_namesAllThatDiffer() throws IOException {
    refused(
        saved(new Mlp(8, ImmutableList.of(16, 3), 4, Activation.RELU), new Sgd()),
        "'logits/kernel' is of shape [3, 4], expected shape [16, 4]",
        "'optimizer/momentum/dense_1/kernel' is missing",
        "'optimizer/momentum/logits/bias' is missing",
        "[dense_2/kernel, dense_2/bias]");
  }

  /** Shapes of variables are equal; what is computed with them is not. */
  @Test
  void restore_otherActivation_isRefusedByName() throws IOException {
    refused(
        saved(new Mlp(8, ImmutableList.of(16), 4, Activation.TANH), new Sgd(0.9)),
        "of another model: dense_1: activation was TANH, is RELU");
  }

  @Test
  void restore_otherStrideOrHeads_isRefusedByName() throws IOException {
    refusedOf(
        image(Conv2d.of("conv", 4, 3, Activation.RELU).withStride(2)),
        image(Conv2d.of("conv", 4, 3, Activation.RELU)),
        "conv: window was",
        "strideHeight=2",
        "strideHeight=1");
    refusedOf(
        sentence(new Attention("context", 4, Wiring.Attention.Reach.ALL)),
        sentence(new Attention("context", 2, Wiring.Attention.Reach.ALL)),
        "context: heads was 4, is 2");
    refusedOf(
        image(12, Conv2d.of("conv", 4, 3, Activation.RELU)),
        image(8, Conv2d.of("conv", 4, 3, Activation.RELU)),
        "image: shape was [12, 12, 3], is [8, 8, 3]");
    refusedOf(
        image(Conv2d.of("conv", 4, 3, Activation.RELU), new Activate("more", Activation.RELU)),
        image(Conv2d.of("conv", 4, 3, Activation.RELU)),
        "more was Activate of conv, is not",
        "pool was GlobalPool of more, is GlobalPool of conv");
  }

  @Test
  void save_weightsNotFinite_isRefusedAndKeepsWhatWasSaved() throws IOException {
    Path good = folder.resolve("good");
    try (Trainer trainer = trainer(MODEL, new Adam())) {
      trainer.fit(DATA, HELD_OUT, 1);
      trainer.save(good);
      float[] bias = trainer.variables().value("logits/bias");
      bias[1] = Float.NaN;
      trainer.variables().assign(Map.of("logits/bias", bias));

      assertThatIllegalStateException()
          .isThrownBy(() -> trainer.save(folder.resolve("bad")))
          .withMessageContainingAll(
              "not saved after step 4", "[logits/bias]", "last good checkpoint: " + good);

      trainer.restore(good);
      trainer.save(folder.resolve("again"));
    }
    assertThat(folder.resolve("bad")).doesNotExist();
    assertThat(files(folder.resolve("again"))).isEqualTo(files(good));
  }

  /**
   * Format 1 had step, epoch, seed, variables, files and checksum, and was saved between epochs.
   */
  @Test
  void restore_format1_goesOn() throws IOException {
    Path saved = saved();
    CheckpointManifest now = manifest(saved);
    CheckpointManifest.Builder first =
        CheckpointManifest.newBuilder()
            .setFormat(1)
            .setStep(now.getStep())
            .setEpoch(now.getEpoch())
            .setSeed(now.getSeed())
            .addAllVariables(now.getVariablesList())
            .addAllFiles(now.getFilesList());
    List<EpochResult> expected;
    try (Trainer trainer = trainer(MODEL, new Sgd(0.9))) {
      trainer.restore(saved);
      expected = trainer.fit(DATA, HELD_OUT, 3);
    }
    byte[] unsealed = first.build().toByteArray();
    Files.write(
        saved.resolve("manifest.pb"),
        first.setSha256(Hashing.sha256().hashBytes(unsealed).toString()).build().toByteArray());
    try (Trainer trainer = trainer(MODEL, new Sgd(0.9))) {
      trainer.restore(saved);

      assertThat(trainer.position()).isEqualTo(new Position(4, 1, 0, MetricSums.NONE));
      assertThat(trainer.fit(DATA, HELD_OUT, 3)).isEqualTo(expected);
    }
  }

  /** No random state is saved: what is drawn for step 5 is a function of seed, epoch and step. */
  @Test
  void fit_afterRestoreWithinEpoch_drawsAsWithoutStop() throws IOException {
    ImageData images =
        ImageData.of(pixels(20 * 8 * 8 * 3), new ImageShape(8, 8, 3), Examples.labels(20, 4, 1), 4)
            .withAugmentation(new RandomCrop(2), new HorizontalFlip());
    Model model = image(Conv2d.of("conv", 4, 3, Activation.RELU), new Dropout("dropout", 0.5));
    try (Trainer trainer = trainer(model)) {
      trainer.fit(FitPlan.of(images, images, Extent.steps(5)));
      trainer.save(folder.resolve("five"));
      trainer.fit(FitPlan.of(images, images, Extent.steps(9)));
      trainer.save(folder.resolve("straight"));
    }
    try (Trainer trainer = trainer(model)) {
      trainer.restore(folder.resolve("five"));
      assertThat(trainer.position().batch()).isEqualTo(1);
      trainer.fit(FitPlan.of(images, images, Extent.steps(9)));
      trainer.save(folder.resolve("resumed"));
    }
    assertThat(files(folder.resolve("resumed"))).isEqualTo(files(folder.resolve("straight")));
  }

  @Test
  void restore_callbacks_knowWhatTheyKnew() throws IOException {
    Path directory = folder.resolve("checkpoint");
    try (Trainer trainer =
        trainer(MODEL, new Sgd(), new Memory("a", "one"), new Memory("a", "two"))) {
      trainer.save(directory);
    }
    Memory first = new Memory("a", "");
    Memory second = new Memory("a", "");
    Memory added = new Memory("b", "stays");
    try (Trainer trainer = trainer(MODEL, new Sgd(), first, added, second)) {
      trainer.restore(directory);
    }
    assertThat(first.known).isEqualTo("one");
    assertThat(second.known).isEqualTo("two");
    assertThat(added.known).isEqualTo("stays");
  }

  @Test
  void restore_callbackRefuses_changesNothing() throws IOException {
    Path directory = folder.resolve("checkpoint");
    try (Trainer trainer =
        trainer(MODEL, new Sgd(), new Memory("a", "one"), new Memory("b", "damaged"))) {
      trainer.fit(DATA, HELD_OUT, 1);
      trainer.save(directory);
    }
    Memory first = new Memory("a", "before");
    Memory second = new Memory("b", "before");
    try (Trainer trainer = trainer(MODEL, new Sgd(), first, second)) {
      trainer.save(folder.resolve("before"));
      assertThatIOException()
          .isThrownBy(() -> trainer.restore(directory))
          .withMessageContainingAll(directory.toString(), "cannot be read: damaged");
      trainer.save(folder.resolve("after"));
      assertThat(trainer.step()).isZero();
    }
    assertThat(first.known).isEqualTo("before");
    assertThat(second.known).isEqualTo("before");
    assertThat(files(folder.resolve("after"))).isEqualTo(files(folder.resolve("before")));
  }

  /** Callbacks know of the checkpoint then, the variables do not: no state of any training. */
  @Test
  void restore_dataLostOnTheWay_isNeitherSavedNorTrainedOnNorEvaluated() throws IOException {
    Path directory = saved();
    Path other = folder.resolve("other");
    TrainingCallback losing =
        new TrainingCallback() {
          @Override
          public void attach(TrainingGraph graph) {}

          @Override
          public void restoreHostState(ByteString state) {
            try {
              Files.deleteIfExists(directory.resolve(DATA_FILE));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }

          @Override
          public String name() {
            return "losing";
          }
        };
    try (Trainer trainer = trainer(MODEL, new Sgd(0.9), losing)) {
      trainer.save(other);
      MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
      trainer.save(directory);

      assertThatIOException().isThrownBy(() -> trainer.restore(directory));

      assertThatIllegalStateException()
          .isThrownBy(() -> trainer.save(folder.resolve("mixed")))
          .withMessage("a checkpoint was restored in part; restore a checkpoint first");
      assertThatIllegalStateException().isThrownBy(() -> trainer.fit(DATA, HELD_OUT, 1));
      assertThatIllegalStateException().isThrownBy(() -> trainer.evaluate(HELD_OUT));
      assertThatIllegalStateException()
          .isThrownBy(() -> trainer.withEvaluatedWeights(session -> 1));
      assertThat(folder.resolve("mixed")).doesNotExist();
      trainer.restore(other);
      assertThat(trainer.fit(DATA, HELD_OUT, 1)).hasSize(2);
    }
  }

  /** Averages stand in the weights' place then, and weights in the averages'. */
  @Test
  void save_withinAnEvaluation_isRefused() throws IOException {
    Path before = folder.resolve("before");
    Path within = folder.resolve("within");
    Trainer[] made = new Trainer[1];
    List<String> refused = new ArrayList<>();
    Evaluator evaluator =
        (session, result) -> {
          try {
            made[0].save(within);
          } catch (IOException | IllegalStateException e) {
            refused.add(e.getMessage());
          }
          return ImmutableMap.of();
        };
    try (Trainer trainer =
        new Trainer(
            MODEL, Kaiming.normal(1), new Adam(), OPTIONS.withAverageDecay(0.9), evaluator)) {
      made[0] = trainer;
      trainer.fit(DATA, HELD_OUT, 1);
      assertThat(refused)
          .hasSize(2)
          .containsOnly(
              "cannot save within an evaluation: averages may stand in the weights' place");
      trainer.save(before);
      Map<String, Double> metrics = trainer.evaluate(HELD_OUT);
      trainer.withEvaluatedWeights(
          session -> {
            assertThatIllegalStateException().isThrownBy(() -> trainer.save(within));
            assertThatIllegalStateException()
                .isThrownBy(() -> trainer.restore(before))
                .withMessageStartingWith("cannot restore within an evaluation");
            assertThatIllegalStateException()
                .isThrownBy(() -> trainer.fit(DATA, HELD_OUT, 2))
                .withMessageStartingWith("cannot fit within an evaluation");
            // One within another is of the same weights.
            assertThat(trainer.evaluate(HELD_OUT)).isEqualTo(metrics);
            assertThat(trainer.evaluated("logits/bias")).isEqualTo("logits/bias");
            return null;
          });
      assertThat(trainer.evaluated("logits/bias")).isEqualTo("average/logits/bias");
      trainer.save(folder.resolve("after"));
    }
    assertThat(within).doesNotExist();
    assertThat(files(folder.resolve("after"))).isEqualTo(files(before));
  }

  /** Who is told to stop, by an interrupt, may still save. */
  @Test
  void save_interruptedThread_savesAndStaysInterrupted() throws IOException {
    Path checkpoint = folder.resolve("made/on/the/way");
    try (Trainer trainer = trainer(MODEL, new Sgd(0.9))) {
      Thread.currentThread().interrupt();
      trainer.save(checkpoint);
      assertThat(Thread.interrupted()).isTrue();
      trainer.restore(checkpoint);
    }
  }

  @Test
  void restore_variableMissing_namesIt() throws IOException {
    refused(
        saved(MODEL, new Sgd()),
        "variable 'optimizer/momentum/dense_1/kernel' is missing, expected shape [8, 16]");
  }

  @Test
  void restore_extraVariables_namesThem() throws IOException {
    refused(
        saved(MODEL, new Sgd(0.9), Counter.fromZero()),
        "variables that this training does not have: [" + Counter.NAME + "]");
  }

  @Test
  void restore_otherSeed_goesOnWithItsOwn() throws IOException {
    Path saved = saved();
    List<EpochResult> expected;
    try (Trainer trainer = trainer(MODEL, new Sgd(0.9))) {
      trainer.restore(saved);
      expected = trainer.fit(DATA, HELD_OUT, 2);
    }
    try (Trainer trainer =
        new Trainer(MODEL, Kaiming.normal(1), new Sgd(0.9), OPTIONS.withSeed(77))) {
      trainer.restore(saved);
      assertThat(trainer.step()).isEqualTo(4);
      assertThat(trainer.fit(DATA, HELD_OUT, 2)).isNotEqualTo(expected);
    }
  }

  @Test
  void save_intoExistingFolder_isRefusedAndLeavesIt() throws IOException {
    Path mine = Files.createDirectory(folder.resolve("mine"));
    try (Trainer trainer = trainer(MODEL, new Sgd())) {
      assertThatExceptionOfType(FileAlreadyExistsException.class)
          .isThrownBy(() -> trainer.save(mine))
          .withMessageContaining(mine.toString());
    }
    assertThat(mine).isEmptyDirectory();
    assertThat(children(folder)).containsExactly(mine);
  }

  @Test
  void save_parentIsFile_isRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");
    try (Trainer trainer = trainer(MODEL, new Sgd())) {
      assertThatIOException().isThrownBy(() -> trainer.save(file.resolve("checkpoint")));
    }
    assertThat(children(folder)).containsExactly(file);
    assertThat(file).hasContent("mine");
  }

  @Test
  void save_failsInTensorFlow_leavesNothing() throws IOException {
    try (Trainer trainer = trainer(MODEL, new Sgd(), Counter.uninitialized())) {
      assertThatIOException().isThrownBy(() -> trainer.save(folder.resolve("checkpoint")));
    }
    assertThat(children(folder)).isEmpty();
  }

  @Test
  void save_closedTrainer_leavesNothing() throws IOException {
    Trainer trainer = trainer(MODEL, new Sgd());
    trainer.close();

    assertThatIllegalStateException().isThrownBy(() -> trainer.save(folder.resolve("checkpoint")));
    assertThat(children(folder)).isEmpty();
  }

  /** Checks that a checkpoint is refused and that nothing of the training has changed. */
  private void refused(Path checkpoint, String... message) throws IOException {
    Path before = Files.createTempDirectory(folder, "refused").resolve("before");
    Path after = before.resolveSibling("after");
    try (Trainer trainer = trainer(MODEL, new Sgd(0.9))) {
      trainer.fit(DATA, HELD_OUT, 2);
      trainer.save(before);

      assertThatIOException()
          .isThrownBy(() -> trainer.restore(checkpoint))
          .withMessageContainingAll(message);

      trainer.save(after);
      assertThat(trainer.step()).isEqualTo(8);
      assertThat(trainer.epoch()).isEqualTo(2);
    }
    assertThat(files(after)).isEqualTo(files(before));
  }

  private void refusedOf(Model saved, Model own, String... message) throws IOException {
    Path directory = Files.createTempDirectory(folder, "other").resolve("checkpoint");
    try (Trainer trainer = trainer(saved)) {
      trainer.save(directory);
    }
    try (Trainer trainer = trainer(own)) {
      assertThatIOException()
          .isThrownBy(() -> trainer.restore(directory))
          .withMessageContainingAll(message);
    }
  }

  private static byte[] pixels(int count) {
    byte[] pixels = new byte[count];
    new Random(5).nextBytes(pixels);
    return pixels;
  }

  private static Trainer trainer(Model model) {
    boolean ofTokens = model.blueprint().outputShape().numDimensions() == 2;
    Objective objective =
        ofTokens ? new TokenPrediction(SpecialTokens.PADDING, 0) : new Classification();
    return new Trainer(model, objective, Kaiming.normal(1), new Adam(), OPTIONS);
  }

  /** Layers on an image, then classes. */
  private static Model image(LayerSpec... layers) {
    return image(8, layers);
  }

  private static Model image(int size, LayerSpec... layers) {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("image", TFloat32.class, Shape.of(size, size, 3)));
    for (LayerSpec layer : layers) {
      x = plan.add(layer, x);
    }
    x = plan.add(new Flatten("flatten"), plan.add(new GlobalPool("pool", Pooling.AVERAGE), x));
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 4, Activation.LINEAR), x));
    return () -> blueprint;
  }

  /** Attention, then classes at each position. */
  private static Model sentence(Attention attention) {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("x", TFloat32.class, Shape.of(3, 8)));
    x =
        plan.add(
            attention,
            plan.add(new Dense("q", 8, Activation.LINEAR), x),
            plan.add(new Dense("k", 8, Activation.LINEAR), x),
            plan.add(new Dense("v", 8, Activation.LINEAR), x));
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 4, Activation.LINEAR), x));
    return () -> blueprint;
  }

  private Path saved() throws IOException {
    return saved(MODEL, new Sgd(0.9));
  }

  private Path saved(Mlp model, Optimizer optimizer, TrainingCallback... callbacks)
      throws IOException {
    Path directory = folder.resolve("checkpoint");
    try (Trainer trainer = trainer(model, optimizer, callbacks)) {
      trainer.fit(DATA, HELD_OUT, 1);
      trainer.save(directory);
    }
    return directory;
  }

  private static Trainer trainer(Mlp model, Optimizer optimizer, TrainingCallback... callbacks) {
    return new Trainer(model, Kaiming.normal(1), optimizer, OPTIONS, callbacks);
  }

  private static CheckpointManifest manifest(Path checkpoint) throws IOException {
    return CheckpointManifest.parseFrom(Files.readAllBytes(checkpoint.resolve("manifest.pb")));
  }

  private static void rewrite(Path checkpoint, UnaryOperator<CheckpointManifest.Builder> change)
      throws IOException {
    Files.write(
        checkpoint.resolve("manifest.pb"),
        change.apply(manifest(checkpoint).toBuilder()).build().toByteArray());
  }

  /** Knows a word, and refuses to know that it is damaged. */
  private static final class Memory implements TrainingCallback {
    private final String name;
    private String known;

    Memory(String name, String known) {
      this.name = name;
      this.known = known;
    }

    @Override
    public void attach(TrainingGraph graph) {}

    @Override
    public String name() {
      return name;
    }

    @Override
    public ByteString hostState() {
      return ByteString.copyFromUtf8(known);
    }

    @Override
    public void restoreHostState(ByteString state) {
      if (state.toStringUtf8().equals("damaged")) {
        throw new IllegalArgumentException("cannot be read: damaged");
      }
      known = state.toStringUtf8();
    }
  }

  private static Map<String, List<Byte>> files(Path directory) throws IOException {
    Map<String, List<Byte>> files = new TreeMap<>();
    for (Path file : children(directory)) {
      files.put(file.getFileName().toString(), Bytes.asList(Files.readAllBytes(file)));
    }
    return files;
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.toList();
    }
  }
}
