package org.tfemergence.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.testing.TransformerRun;
import org.tfemergence.models.text.Transformer.Norm;
import org.tfemergence.models.variable.Variable;

/**
 * PyTorch's layers with the same weights; src/test/python/transformer_reference.py made the files.
 */
final class TransformerReferenceTest {
  private static final Path FOLDER = Path.of("src", "test", "python");

  /** An array of a file. */
  private static final class Array {
    private final Shape shape;
    private final float[] values;

    Array(Shape shape, float[] values) {
      this.shape = shape;
      this.values = values;
    }

    int[][] sequences() {
      int[][] sequences = new int[(int) shape.get(0)][(int) shape.get(1)];
      for (int i = 0; i < values.length; i++) {
        sequences[i / sequences[0].length][i % sequences[0].length] = (int) values[i];
      }
      return sequences;
    }
  }

  @ParameterizedTest
  @EnumSource
  void call_fixedWeights_givesPyTorchsLogitsAndGradients(Norm norm) throws IOException {
    Map<String, Array> arrays =
        read(FOLDER.resolve(norm == Norm.POST ? "transformer_post.bin" : "transformer_pre.bin"));
    Transformer model = Transformer.of(11, 13, 5, 2, 8, 2, 12).withNorm(norm);
    try (TransformerRun run = new TransformerRun(model, 1)) {
      Ops tf = run.run.tf();
      List<Op> set = new ArrayList<>();
      for (Variable variable : run.variables.model()) {
        Array array = arrays.get(variable.name());
        assertThat(array).as(variable.name()).isNotNull();
        assertThat(array.shape).as(variable.name()).isEqualTo(variable.shape());
        set.add(tf.assignVariableOp(variable.handle(), constant(tf, array)));
      }
      Op assigned = tf.withControlDependencies(set).noOp();
      Operand<TFloat32> loss =
          tf.reduceSum(
              tf.math.mul(run.head.logits(), constant(tf, arrays.get("weights"))),
              tf.constant(new int[] {0, 1, 2}));
      List<Gradient> gradients = Gradient.of(run.run.graph(), loss, run.variables.trainable());
      run.run.run(assigned);
      int[][] source = arrays.get("source").sequences();
      int[][] target = arrays.get("target").sequences();

      // What a query at padding gives is nobody's business.
      double[] expected = doubles(arrays.get("logits").values);
      double[] logits = doubles(run.logits(source, target));
      for (int i = 0; i < expected.length; i++) {
        if (target[i / 13 / 4][i / 13 % 4] != 0) {
          assertThat(logits[i]).as("logit %d", i).isCloseTo(expected[i], within(2e-5));
        }
      }
      assertThat(arrays).hasSize(4 + 2 * gradients.size());
      List<float[]> values =
          run.floats(gradients.stream().map(Gradient::value).toList(), source, target);
      for (int i = 0; i < gradients.size(); i++) {
        String name = gradients.get(i).variable().name();
        assertThat(doubles(values.get(i)))
            .as(name)
            .containsExactly(doubles(arrays.get("gradient/" + name).values), within(2e-4));
      }
    }
  }

  private static Operand<TFloat32> constant(Ops tf, Array array) {
    return tf.constant(array.shape, DataBuffers.of(array.values));
  }

  /* Lines of name and dimensions, an empty line, the arrays as little-endian float32. */
  private static Map<String, Array> read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    String text = new String(bytes.array(), StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\n\n");
    bytes.position(end + 2);
    Map<String, Array> arrays = new LinkedHashMap<>();
    for (String line : Splitter.on('\n').split(text.substring(0, end))) {
      List<String> words = Splitter.on(' ').splitToList(line);
      Shape shape = Shape.of(words.stream().skip(1).mapToLong(Long::parseLong).toArray());
      float[] values = new float[(int) shape.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = bytes.getFloat();
      }
      arrays.put(words.get(0), new Array(shape, values));
    }
    assertThat(bytes.hasRemaining()).isFalse();
    return arrays;
  }
}
