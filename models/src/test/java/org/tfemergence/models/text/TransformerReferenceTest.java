package org.tfemergence.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.npz.Npz;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.testing.TransformerRun;
import org.tfemergence.models.text.Transformer.Norm;
import org.tfemergence.models.text.Transformer.Output;
import org.tfemergence.models.variable.Variable;

/**
 * PyTorch's layers with the same weights; src/test/python/transformer_reference.py made the files.
 */
final class TransformerReferenceTest {
  private static final Path FOLDER = Path.of("src", "test", "python");

  @ParameterizedTest
  @CsvSource({
    "transformer_post.npz, POST, TIED",
    "transformer_pre.npz, PRE, TIED",
    "transformer_own.npz, POST, OWN"
  })
  void call_fixedWeights_givesPyTorchsLogitsAndGradients(String file, Norm norm, Output output)
      throws IOException {
    Npz arrays = Npz.read(FOLDER.resolve(file));
    Transformer model = Transformer.of(11, 13, 5, 2, 8, 2, 12).withNorm(norm).withOutput(output);
    try (TransformerRun run = new TransformerRun(model, 1)) {
      Ops tf = run.run.tf();
      List<Op> set = new ArrayList<>();
      for (Variable variable : run.variables.model()) {
        assertThat(arrays.shapes()).containsEntry(variable.name(), variable.shape());
        set.add(tf.assignVariableOp(variable.handle(), constant(tf, arrays, variable.name())));
      }
      Op assigned = tf.withControlDependencies(set).noOp();
      Operand<TFloat32> loss =
          tf.reduceSum(
              tf.math.mul(run.head.logits(), constant(tf, arrays, "weights")),
              tf.constant(new int[] {0, 1, 2}));
      List<Gradient> gradients = Gradient.of(run.run.graph(), loss, run.variables.trainable());
      run.run.run(assigned);
      int[][] source = sequences(arrays, "source");
      int[][] target = sequences(arrays, "target");

      // What a query at padding gives is nobody's business.
      double[] expected = doubles(arrays.floats("logits"));
      double[] logits = doubles(run.logits(source, target));
      for (int i = 0; i < expected.length; i++) {
        if (target[i / 13 / 4][i / 13 % 4] != 0) {
          assertThat(logits[i]).as("logit %d", i).isCloseTo(expected[i], within(2e-5));
        }
      }
      assertThat(arrays.shapes()).hasSize(4 + 2 * gradients.size());
      List<float[]> values =
          run.floats(gradients.stream().map(Gradient::value).toList(), source, target);
      for (int i = 0; i < gradients.size(); i++) {
        String name = gradients.get(i).variable().name();
        assertThat(doubles(values.get(i)))
            .as(name)
            .containsExactly(doubles(arrays.floats("gradient/" + name)), within(2e-4));
      }
    }
  }

  private static Operand<TFloat32> constant(Ops tf, Npz arrays, String name) throws IOException {
    return tf.constant(arrays.shapes().get(name), DataBuffers.of(arrays.floats(name)));
  }

  private static int[][] sequences(Npz arrays, String name) throws IOException {
    Shape shape = arrays.shapes().get(name);
    float[] values = arrays.floats(name);
    int[][] sequences = new int[(int) shape.get(0)][(int) shape.get(1)];
    for (int i = 0; i < values.length; i++) {
      sequences[i / sequences[0].length][i % sequences[0].length] = (int) values[i];
    }
    return sequences;
  }
}
