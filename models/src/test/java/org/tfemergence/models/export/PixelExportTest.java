package org.tfemergence.models.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.trace.NetworkTracer;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.data.HostArray;
import org.tfemergence.models.data.ImageData;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.OpenModel;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.vision.ConvNet;
import org.tfemergence.models.vision.Mlp;

/** What is done to pixels in training is done in the graph that is served. */
final class PixelExportTest {
  private static final ImageShape SHAPE = new ImageShape(8, 6, 3);
  private static final int IMAGES = 20;
  private static final int CLASSES = 4;
  private static final byte[] PIXELS = pixels();
  private static final PixelScaling SCALING =
      new PixelScaling(ImmutableList.of(0.49, 0.1, 0.7), ImmutableList.of(0.25, 1.0, 0.3));
  private static final ImageData DATA =
      ImageData.of(PIXELS, SHAPE, labels(), CLASSES).withScaling(SCALING);
  private static final TrainerOptions OPTIONS = new TrainerOptions(5, 7, Schedule.constant(0.1), 3);

  @TempDir private Path folder;

  /** Images as they are, and as flat inputs. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void write_trainedOnImages_takesTheirBytes(boolean flat) throws Exception {
    Model model = flat ? Mlp.of(SHAPE.values(), CLASSES, 9) : ConvNet.of(SHAPE, CLASSES, 9, 4);
    Shape batch = Shape.of(IMAGES).append(model.blueprint().inputs().get(0).shape());
    float[] numbers = ((HostArray.Floats) DATA.gather(all()).inputs().get(0)).values();
    double[] expected;
    Map<String, Double> metrics;
    try (Trainer trainer = new Trainer(model, Kaiming.normal(1), new Sgd(), OPTIONS)) {
      trainer.fit(DATA, DATA, 2);
      metrics = trainer.evaluate(DATA);
      try (OpenModel open = new OpenModel(model, Xavier.normal(2));
          TFloat32 input = TFloat32.tensorOf(batch, DataBuffers.of(numbers))) {
        trainer
            .variables()
            .model()
            .forEach(
                each ->
                    open.variables()
                        .assign(Map.of(each.name(), trainer.variables().value(each.name()))));
        expected = doubles(open.logits(input));
      }
      SavedModelExport.write(trainer, folder.resolve("model"));
    }

    try (SavedModelBundle bundle = SavedModelBundle.load(folder.resolve("model").toString());
        TUint8 bytes = TUint8.tensorOf(batch, DataBuffers.of(PIXELS));
        TFloat32 scaled = TFloat32.tensorOf(batch, DataBuffers.of(numbers))) {
      Map<String, SignatureDef> signatures = bundle.metaGraphDef().getSignatureDefMap();
      assertThat(signatures).containsOnlyKeys("serving_default", "scaled");
      assertThat(signatures.get("serving_default").getInputsOrThrow("input").getDtype())
          .isEqualTo(DataType.DT_UINT8);
      assertThat(signatures.get("scaled").getInputsOrThrow("input").getDtype())
          .isEqualTo(DataType.DT_FLOAT);
      double[] probabilities = PlainDense.softmax(expected, CLASSES);
      check(bundle, "serving_default", bytes, expected, probabilities);
      check(bundle, "scaled", scaled, expected, probabilities);
      int right = 0;
      for (int i = 0; i < IMAGES; i++) {
        int best = 0;
        for (int j = 1; j < CLASSES; j++) {
          best = expected[i * CLASSES + j] > expected[i * CLASSES + best] ? j : best;
        }
        right += best == labels()[i] ? 1 : 0;
      }
      assertThat(metrics).containsEntry("accuracy", (double) right / IMAGES);
      for (String signature : signatures.keySet()) {
        assertThat(NetworkTracer.of(bundle, signature).trace().network().parameters())
            .isEqualTo(model.network().parameters());
      }
    }
    assertThat(ModelRecordFile.read(folder.resolve("model")).pixels()).hasValue(SCALING);
  }

  /** From a checkpoint, before anything is trained on. */
  @Test
  void write_restored_takesTheBytesToo() throws Exception {
    Mlp model = Mlp.of(SHAPE.values(), CLASSES);
    try (Trainer trainer = new Trainer(model, Kaiming.normal(1), new Sgd(), OPTIONS)) {
      trainer.fit(DATA, DATA, 1);
      trainer.save(folder.resolve("checkpoint"));
    }
    try (Trainer trainer = new Trainer(model, Kaiming.normal(1), new Sgd(), OPTIONS)) {
      trainer.restore(folder.resolve("checkpoint"));
      SavedModelExport.write(trainer, folder.resolve("model"));
    }
    assertThat(ModelRecordFile.read(folder.resolve("model")).pixels()).hasValue(SCALING);
  }

  @Test
  void write_trainedOnNumbers_takesNumbersAndSaysSo() throws Exception {
    LabeledData numbers = Examples.noise(IMAGES, SHAPE.values(), CLASSES, 1);
    Mlp model = Mlp.of(SHAPE.values(), CLASSES);
    try (Trainer trainer = new Trainer(model, Kaiming.normal(1), new Sgd(), OPTIONS)) {
      trainer.fit(numbers, numbers, 1);
      SavedModelExport.write(trainer, folder.resolve("model"));
    }
    assertThat(ModelRecordFile.read(folder.resolve("model")).pixels()).isEmpty();
    try (SavedModelBundle bundle = SavedModelBundle.load(folder.resolve("model").toString())) {
      assertThat(bundle.metaGraphDef().getSignatureDefMap()).containsOnlyKeys("serving_default");
    }
  }

  @Test
  void withPixels_modelOfOtherInputs_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SavedModelExport.of(Transformer.tiny(9, 7)).withPixels(SCALING))
        .withMessageStartingWith("pixels go into a model with one input of float32, got [");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SavedModelExport.of(Mlp.of(10, 2)).withPixels(SCALING))
        .withMessage("scaling must be of the channels of input 'input' [10], got 3");
    Model grey = ConvNet.of(ImageShape.MNIST, CLASSES, 9, 4);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SavedModelExport.of(grey).withPixels(SCALING))
        .withMessage("scaling must be of the channels of input 'input' [28, 28, 1], got 3");
  }

  private static void check(
      SavedModelBundle bundle,
      String signature,
      Tensor input,
      double[] logits,
      double[] probabilities) {
    try (Result result = bundle.function(signature).call(Map.of("input", input))) {
      assertThat(floats(result, "logits")).containsExactly(logits, within(1e-5));
      assertThat(floats(result, "probabilities")).containsExactly(probabilities, within(1e-5));
    }
  }

  private static double[] floats(Result result, String output) {
    return doubles(GraphRun.floats((TFloat32) result.get(output).orElseThrow()));
  }

  private static byte[] pixels() {
    byte[] pixels = new byte[IMAGES * SHAPE.values()];
    new Random(1).nextBytes(pixels);
    return pixels;
  }

  private static int[] labels() {
    return new Random(2).ints(IMAGES, 0, CLASSES).toArray();
  }

  private static int[] all() {
    int[] all = new int[IMAGES];
    for (int i = 0; i < IMAGES; i++) {
      all[i] = i;
    }
    return all;
  }
}
