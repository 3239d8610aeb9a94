import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.SessionFunction;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Serves the exports with TensorFlow Java alone. */
class ServeTest {
  private static final Path EXPORTS = Path.of(System.getProperty("exports"));

  /** Inputs by name, and the logits of them. */
  private record Expected(Map<String, Tensor> inputs, Shape shape, float[] logits)
      implements AutoCloseable {
    static Expected read(String name) throws IOException {
      try (DataInputStream in =
          new DataInputStream(Files.newInputStream(EXPORTS.resolve(name + ".bin")))) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
          String input = in.readUTF();
          boolean floats = in.readBoolean();
          Shape shape = shapeOf(in);
          inputs.put(
              input,
              floats
                  ? TFloat32.tensorOf(shape, DataBuffers.of(floats(in, shape)))
                  : TInt32.tensorOf(shape, DataBuffers.of(ints(in, shape))));
        }
        Shape shape = shapeOf(in);
        return new Expected(inputs, shape, floats(in, shape));
      }
    }

    @Override
    public void close() {
      inputs.values().forEach(Tensor::close);
    }
  }

  @Test
  void libraryIsNotHere() {
    assertThrows(
        ClassNotFoundException.class, () -> Class.forName("org.tfemergence.models.layer.Model"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "convnet", "vgg", "resnet", "bottleneck", "transformer"})
  void defaultSignature_givesTheSameLogits(String name) throws IOException {
    try (Expected expected = Expected.read(name);
        SavedModelBundle bundle = load(name);
        Result result = bundle.call(expected.inputs())) {
      TFloat32 logits = (TFloat32) result.get("logits").orElseThrow();
      assertEquals(expected.shape(), logits.shape());
      assertArrayEquals(expected.logits(), floats(logits), 1e-6f);
      double sum = 0;
      for (float probability : floats((TFloat32) result.get("probabilities").orElseThrow())) {
        assertTrue(probability >= 0);
        sum += probability;
      }
      long rows = expected.logits().length / expected.shape().get(-1);
      assertEquals(rows, sum, 1e-5 * rows);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "convnet", "vgg", "resnet", "bottleneck", "transformer"})
  void savedModel_holdsNothingOfTheTraining(String name) {
    try (SavedModelBundle bundle = load(name)) {
      List<String> variables =
          bundle.metaGraphDef().getGraphDef().getNodeList().stream()
              .filter(node -> node.getOp().equals("VarHandleOp"))
              .map(node -> node.getAttrOrThrow("shared_name").getS().toStringUtf8())
              .toList();
      assertTrue(variables.stream().noneMatch(each -> each.startsWith("optimizer/")));
      assertTrue(variables.stream().noneMatch(each -> each.startsWith("average/")));
      assertTrue(
          bundle.metaGraphDef().getGraphDef().getNodeList().stream()
              .noneMatch(node -> node.getOp().contains("Apply") || node.getOp().contains("Grad")));
      assertTrue(
          bundle.metaGraphDef().getSignatureDefMap().values().stream()
              .allMatch(each -> each.getMethodName().equals("tensorflow/serving/predict")));
      assertTrue(Files.exists(EXPORTS.resolve(name).resolve("assets.extra/tf-emergence.pb")));
    }
  }

  /** A decoder's loop: encode once, then token by token, with what the last step gave. */
  @Test
  void decoding_stepByStep_givesTheSameLogits() throws IOException {
    try (Expected expected = Expected.read("transformer");
        SavedModelBundle bundle = load("transformer");
        Result memory =
            bundle.function("encode").call(Map.of("source", expected.inputs().get("source")))) {
      int[] target = ints((TInt32) expected.inputs().get("target"));
      int batch = (int) expected.shape().get(0);
      int positions = (int) expected.shape().get(1);
      int vocabulary = (int) expected.shape().get(2);
      SessionFunction step = bundle.function("step");
      Map<String, Tensor> cache = new HashMap<>();
      step.signature()
          .getInputs()
          .forEach(
              (name, info) -> {
                if (name.startsWith("cache_")) {
                  cache.put(name, TFloat32.tensorOf(Shape.of(batch, 0, info.shape.get(2))));
                }
              });
      List<Result> results = new ArrayList<>();
      for (int position = 0; position < positions; position++) {
        int[] tokens = new int[batch];
        for (int row = 0; row < batch; row++) {
          tokens[row] = target[row * positions + position];
        }
        Map<String, Tensor> inputs = new HashMap<>(cache);
        results.stream()
            .skip(Math.max(0, results.size() - 1))
            .forEach(last -> last.forEach(entry -> inputs.put(entry.getKey(), entry.getValue())));
        inputs.remove("logits");
        memory.forEach(entry -> inputs.put(entry.getKey(), entry.getValue()));
        try (TInt32 token = TInt32.tensorOf(Shape.of(batch), DataBuffers.of(tokens));
            TInt32 at = TInt32.scalarOf(position)) {
          inputs.put("tokens", token);
          inputs.put("position", at);
          results.add(step.call(inputs));
        }
        float[] logits = floats((TFloat32) results.get(position).get("logits").orElseThrow());
        for (int row = 0; row < batch; row++) {
          int at = (row * positions + position) * vocabulary;
          assertArrayEquals(
              Arrays.copyOfRange(expected.logits(), at, at + vocabulary),
              Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary),
              1e-5f,
              "position " + position);
        }
      }
      results.forEach(Result::close);
      cache.values().forEach(Tensor::close);
    }
  }

  /** The end token, 1, is forced at the limit, and padding, 0, follows it. */
  @Test
  void decode_isWhatTheDefaultSignatureFindsLikeliest() throws IOException {
    int limit = 5;
    try (Expected expected = Expected.read("transformer");
        SavedModelBundle bundle = load("transformer");
        TInt32 most = TInt32.scalarOf(limit);
        Result result =
            bundle
                .function("decode")
                .call(Map.of("source", expected.inputs().get("source"), "limit", most))) {
      int batch = (int) expected.shape().get(0);
      int vocabulary = (int) expected.shape().get(2);
      TInt32 tokens = (TInt32) result.get("tokens").orElseThrow();
      int positions = (int) tokens.shape().get(1);
      assertTrue(positions <= limit + 1);
      int[] shifted = new int[batch * positions];
      for (int row = 0; row < batch; row++) {
        shifted[row * positions] = 1;
        for (int i = 1; i < positions; i++) {
          shifted[row * positions + i] = tokens.getInt(row, i - 1);
        }
      }
      try (TInt32 target = TInt32.tensorOf(Shape.of(batch, positions), DataBuffers.of(shifted));
          Result whole =
              bundle.call(Map.of("source", expected.inputs().get("source"), "target", target))) {
        TFloat32 logits = (TFloat32) whole.get("logits").orElseThrow();
        for (int row = 0; row < batch; row++) {
          int length = ((TInt32) result.get("lengths").orElseThrow()).getInt(row);
          for (int i = 0; i < positions; i++) {
            int best = i == 0 ? 2 : 1;
            for (int id = best + 1; id < vocabulary; id++) {
              best = logits.getFloat(row, i, id) > logits.getFloat(row, i, best) ? id : best;
            }
            assertEquals(
                i > length ? 0 : i == limit ? 1 : best, tokens.getInt(row, i), row + ", " + i);
          }
        }
      }
    }
  }

  private static SavedModelBundle load(String name) {
    return SavedModelBundle.load(EXPORTS.resolve(name).toString());
  }

  private static float[] floats(TFloat32 tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.asRawTensor().data().asFloats().read(values);
    return values;
  }

  private static int[] ints(TInt32 tensor) {
    int[] values = new int[(int) tensor.size()];
    tensor.asRawTensor().data().asInts().read(values);
    return values;
  }

  private static Shape shapeOf(DataInputStream in) throws IOException {
    long[] dimensions = new long[in.readInt()];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = in.readInt();
    }
    return Shape.of(dimensions);
  }

  private static float[] floats(DataInputStream in, Shape shape) throws IOException {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.readFloat();
    }
    return values;
  }

  private static int[] ints(DataInputStream in, Shape shape) throws IOException {
    int[] values = new int[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.readInt();
    }
    return values;
  }
}
