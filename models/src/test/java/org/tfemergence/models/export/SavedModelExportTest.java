package org.tfemergence.models.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.testing.Counter;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.OpenModel;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.testing.Recorder;
import org.tfemergence.models.testing.SmallDisk;
import org.tfemergence.models.testing.Warnings;
import org.tfemergence.models.vision.Mlp;

final class SavedModelExportTest {
  private static final int INPUTS = 8;
  private static final int CLASSES = 4;
  private static final Mlp MODEL =
      new Mlp(INPUTS, ImmutableList.of(16, 12), CLASSES, Activation.TANH);
  private static final LabeledData DATA = Examples.noise(20, INPUTS, CLASSES, 1);
  private static final LabeledData HELD_OUT = Examples.noise(12, INPUTS, CLASSES, 2);
  private static final TrainerOptions OPTIONS =
      new TrainerOptions(6, 100, Schedule.constant(0.05), 3);

  @TempDir private Path folder;

  @Test
  void write_loaded_computesTheTrainersLogits() throws IOException {
    int count = 30;
    float[] features = Examples.features(count * INPUTS, 77);
    LabeledData random = new LabeledData(features, new int[count], CLASSES);
    Recorder recorder = new Recorder();
    try (Trainer trainer = trainer(recorder, Counter.fromZero())) {
      trainer.fit(DATA, random, 3);
      SavedModelExport.write(trainer, folder.resolve("model"));
    }
    double[] expected = doubles(recorder.latest().get("logits"));

    try (SavedModelBundle bundle = load()) {
      double[] probabilities = predict(bundle, features, "probabilities");
      assertThat(predict(bundle, features, "logits")).containsExactly(expected, within(1e-6));
      assertThat(probabilities)
          .containsExactly(PlainDense.softmax(expected, CLASSES), within(1e-6));
      for (int i = 0; i < count; i++) {
        double sum = 0;
        for (int j = 0; j < CLASSES; j++) {
          sum += probabilities[i * CLASSES + j];
        }
        assertThat(sum).isCloseTo(1, within(1e-6));
      }
      // Any batch size does.
      assertThat(predict(bundle, Arrays.copyOf(features, INPUTS), "logits"))
          .containsExactly(Arrays.copyOf(expected, CLASSES), within(1e-6));
    }
  }

  @Test
  void write_signature_isServings() throws IOException {
    export();
    try (SavedModelBundle bundle = load()) {
      SignatureDef signature = bundle.metaGraphDef().getSignatureDefOrThrow("serving_default");

      assertThat(signature.getMethodName()).isEqualTo("tensorflow/serving/predict");
      assertThat(signature.getInputsMap()).containsOnlyKeys("input");
      assertThat(signature.getOutputsMap()).containsOnlyKeys("logits", "probabilities");
      assertThat(sizes(signature.getInputsOrThrow("input"))).containsExactly(-1L, 8L);
      assertThat(sizes(signature.getOutputsOrThrow("logits"))).containsExactly(-1L, 4L);
      assertThat(sizes(signature.getOutputsOrThrow("probabilities"))).containsExactly(-1L, 4L);
      assertThat(bundle.metaGraphDef().getMetaInfoDef().getTagsList()).containsExactly("serve");
    }
  }

  @Test
  void write_holdsInferenceOnly() throws IOException {
    export();
    try (SavedModelBundle bundle = load()) {
      List<NodeDef> nodes = bundle.metaGraphDef().getGraphDef().getNodeList();

      assertThat(
              nodes.stream()
                  .filter(node -> node.getOp().equals("VarHandleOp"))
                  .map(node -> node.getAttrOrThrow("shared_name").getS().toStringUtf8()))
          .containsExactlyInAnyOrder(
              "dense_1/kernel",
              "dense_1/bias",
              "dense_2/kernel",
              "dense_2/bias",
              "logits/kernel",
              "logits/bias");
      assertThat(nodes)
          .extracting(NodeDef::getName)
          .noneMatch(
              name ->
                  name.contains("optimizer")
                      || name.contains("mask")
                      || name.contains("gradient")
                      || name.contains("labels"));
      // Everything the graph is made of: reading, two matrix products more, and the saver.
      assertThat(new TreeSet<>(nodes.stream().map(NodeDef::getOp).toList()))
          .isSubsetOf(
              List.of(
                  "AssignVariableOp",
                  "BiasAdd",
                  "Const",
                  "EnsureShape",
                  "Fill",
                  "Identity",
                  "MatMul",
                  "NoOp",
                  "Placeholder",
                  "ReadVariableOp",
                  "RestoreV2",
                  "SaveV2",
                  "Softmax",
                  "Tanh",
                  "VarHandleOp"));
      assertThat(nodes).filteredOn(node -> node.getOp().equals("MatMul")).hasSize(3);
    }
  }

  @Test
  void write_weights_areAllThatIsOnDisk() throws IOException {
    export();
    // Float32: (8 + 1) 16 + (16 + 1) 12 + (12 + 1) 4 parameters.
    assertThat(folder.resolve("model/variables/variables.data-00000-of-00001"))
        .hasSize(4L * (144 + 204 + 52));
    assertThat(children(folder)).containsExactly(folder.resolve("model"));
    assertThat(children(folder.resolve("model")))
        .extracting(path -> path.getFileName().toString())
        .contains("saved_model.pb", "variables");
  }

  @Test
  void write_targetExists_isRefusedAndLeftAlone() throws IOException {
    try (Trainer trainer = trainer()) {
      SavedModelExport.write(trainer, folder.resolve("model"));
      byte[] before = Files.readAllBytes(folder.resolve("model/saved_model.pb"));
      trainer.fit(DATA, HELD_OUT, 1);

      assertThatExceptionOfType(FileAlreadyExistsException.class)
          .isThrownBy(() -> SavedModelExport.write(trainer, folder.resolve("model")))
          .withMessageContaining("model");

      assertThat(Files.readAllBytes(folder.resolve("model/saved_model.pb"))).isEqualTo(before);
      assertThat(children(folder)).containsExactly(folder.resolve("model"));
    }
  }

  @Test
  void write_parentIsFile_isRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");
    try (Trainer trainer = trainer()) {
      assertThatIOException()
          .isThrownBy(() -> SavedModelExport.write(trainer, file.resolve("model")));
    }
    assertThat(children(folder)).containsExactly(file);
  }

  @Test
  void write_variablesOfAnotherModel_areRefusedAllAtOnce() throws IOException {
    Mlp other = new Mlp(INPUTS, ImmutableList.of(16, 11), CLASSES, Activation.TANH);
    try (Trainer trainer = trainer()) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> SavedModelExport.of(other).write(trainer.variables(), folder.resolve("model")))
          .withMessageContainingAll(
              "'dense_2/kernel' of shape [16, 12] for 'dense_2/kernel' of shape [16, 11]",
              "'dense_2/bias' of shape [12]",
              "'logits/kernel' of shape [12, 4]");
    }
    assertThat(children(folder)).isEmpty();
  }

  @Test
  void withValuesOf_takesOtherVariables() throws IOException {
    Mlp square = new Mlp(INPUTS, ImmutableList.of(INPUTS, INPUTS), CLASSES, Activation.TANH);
    Map<String, String> swapped =
        Map.of(
            "dense_1/kernel",
            "dense_2/kernel",
            "dense_2/kernel",
            "dense_1/kernel",
            "dense_1/bias",
            "dense_2/bias",
            "dense_2/bias",
            "dense_1/bias");
    float[] x = Examples.features(INPUTS, 4);
    try (OpenModel open = new OpenModel(square, Kaiming.normal(1))) {
      SavedModelExport.of(square)
          .withValuesOf(name -> swapped.getOrDefault(name, name))
          .write(open.variables(), folder.resolve("model"));
      double[] hidden = layer(open, doubles(x), "dense_2", Activation.TANH);
      double[] second = layer(open, hidden, "dense_1", Activation.TANH);
      double[] expected = layer(open, second, "logits", Activation.LINEAR);
      try (SavedModelBundle bundle = load()) {
        assertThat(predict(bundle, x, "logits")).containsExactly(expected, within(1e-6));
      }
    }
  }

  @Test
  void write_averagesKept_takesThem() throws IOException {
    float[] x = Examples.features(INPUTS, 4);
    float[] bias;
    try (Trainer trainer =
        new Trainer(MODEL, Kaiming.normal(1), new Adam(), OPTIONS.withAverageDecay(0.9))) {
      trainer.fit(DATA, HELD_OUT, 1);
      float[] zeros = new float[12 * CLASSES];
      trainer.variables().assign(Map.of("average/logits/kernel", zeros));
      bias = trainer.variables().value("average/logits/bias");
      assertThat(trainer.variables().value("logits/bias")).isNotEqualTo(bias);
      SavedModelExport.write(trainer, folder.resolve("model"));
    }
    try (SavedModelBundle bundle = load()) {
      assertThat(predict(bundle, x, "logits")).containsExactly(doubles(bias), within(0.0));
    }
  }

  @Test
  void write_valueNotFinite_isToldAndExported() throws IOException {
    try (Trainer trainer = trainer()) {
      trainer.variables().assign(Map.of("logits/bias", new float[] {1, 2, Float.NaN, 4}));
      SavedModelExport.write(trainer, folder.resolve("model"));
    }
    try (SavedModelBundle bundle = load()) {
      assertThat(predict(bundle, new float[INPUTS], "logits")[2]).isNaN();
    }
  }

  @Test
  void withSignatures_nameTaken_isRefused() throws IOException {
    try (Trainer trainer = trainer()) {
      SavedModelExport twice =
          SavedModelExport.of(MODEL)
              .withSignatures(
                  (tf, built) ->
                      List.of(
                          new ServingSignature(
                              "serving_default",
                              ImmutableMap.of("x", tf.constant(1f)),
                              ImmutableMap.of("y", tf.constant(1f)))));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> twice.write(trainer.variables(), folder.resolve("model")))
          .withMessageContaining("serving_default");
    }
    assertThat(children(folder)).isEmpty();
  }

  @Test
  void write_tellsOfTheModel() throws IOException {
    EmergenceCallback published = EmergenceCallback.builder().build();
    EmergenceCallback strict = EmergenceCallback.builder().measure(LayerEmergence.STRICT).build();
    Kaiming scheme = Kaiming.normal(1);
    try (Trainer trainer = trainer(published, strict)) {
      trainer.fit(DATA, HELD_OUT, 2);
      float[] kernel = trainer.variables().value("dense_2/kernel");
      Arrays.fill(kernel, 0, 50, 0);
      trainer.variables().assign(Map.of("dense_2/kernel", kernel));

      SavedModelExport.write(trainer, folder.resolve("model"));
    }
    ModelRecord record = ModelRecordFile.read(folder.resolve("model"));

    assertThat(record.model()).isEqualTo("Mlp");
    assertThat(record.settings()).containsEntry("activation", "TANH");
    assertThat(record.plan()).isEqualTo(scheme.plan(MODEL.kernels()).rows());
    assertThat(record.histories()).containsExactly(published.history(), strict.history());
    assertThat(record.histories().get(0).readings()).hasSize(3);
    assertThat(record.sparsity())
        .containsExactly(new ModelRecord.Sparsity("dense_2/kernel", 16 * 12, 16 * 12 - 50));
  }

  /** 100 x 100 float32 take 40 kB, for which the disk has no room. */
  @Test
  void write_diskFull_namesTheFolderAndLeavesNothing() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(SmallDisk.mount(disk, "32k"), "no right to mount a small disk");
    try (OpenModel open = new OpenModel(Mlp.of(100, 100), Kaiming.normal(1))) {
      assertThatIOException()
          .isThrownBy(
              () ->
                  SavedModelExport.of(Mlp.of(100, 100))
                      .write(open.variables(), disk.resolve("model")))
          .withMessageContainingAll(disk.resolve("model").toString(), "No space left on device");
      assertThat(children(disk)).isEmpty();
    } finally {
      SmallDisk.unmount(disk);
    }
  }

  /** TensorFlow looks for the variables by a pattern. */
  @Test
  void write_toFolderNamedLikeAPattern_warnsAndCanBeMoved() throws IOException {
    Path written = folder.resolve("[a]/model");
    try (OpenModel open = new OpenModel(MODEL, Kaiming.normal(1));
        Warnings warnings = new Warnings(SavedModelExport.class)) {
      SavedModelExport.of(MODEL).write(open.variables(), written);
      assertThat(warnings.messages())
          .singleElement(InstanceOfAssertFactories.STRING)
          .startsWith("WARN " + written);
    }
    assertThatExceptionOfType(TensorFlowException.class)
        .isThrownBy(() -> SavedModelBundle.load(written.toString()));
    Files.move(written, folder.resolve("model"));
    load().close();
  }

  @Test
  void fit_afterExport_goesOnAsWithoutIt() throws IOException {
    List<EpochResult> expected;
    try (Trainer trainer = trainer()) {
      trainer.fit(DATA, HELD_OUT, 2);
      expected = trainer.fit(DATA, HELD_OUT, 4);
    }
    try (Trainer trainer = trainer()) {
      trainer.fit(DATA, HELD_OUT, 2);
      SavedModelExport.write(trainer, folder.resolve("model"));
      assertThat(trainer.fit(DATA, HELD_OUT, 4)).isEqualTo(expected);
    }
  }

  private void export() throws IOException {
    try (Trainer trainer = trainer(Counter.fromZero())) {
      trainer.fit(DATA, HELD_OUT, 1);
      SavedModelExport.write(trainer, folder.resolve("model"));
    }
  }

  private static Trainer trainer(TrainingCallback... callbacks) {
    return new Trainer(MODEL, Kaiming.normal(1), new Adam(), OPTIONS, callbacks);
  }

  private SavedModelBundle load() {
    return SavedModelBundle.load(folder.resolve("model").toString());
  }

  private static double[] layer(OpenModel open, double[] x, String name, Activation activation) {
    return PlainDense.forward(
        x,
        doubles(open.variables().value(name + "/kernel")),
        doubles(open.variables().value(name + "/bias")),
        activation);
  }

  /** Returns an output for a batch. */
  private static double[] predict(SavedModelBundle bundle, float[] features, String output) {
    Shape shape = Shape.of(features.length / INPUTS, INPUTS);
    try (TFloat32 input = TFloat32.tensorOf(shape, DataBuffers.of(features));
        Result result = bundle.call(Map.of("input", input))) {
      return doubles(GraphRun.floats((TFloat32) result.get(output).orElseThrow()));
    }
  }

  private static List<Long> sizes(TensorInfo info) {
    return info.getTensorShape().getDimList().stream().map(dim -> dim.getSize()).toList();
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.toList();
    }
  }
}
