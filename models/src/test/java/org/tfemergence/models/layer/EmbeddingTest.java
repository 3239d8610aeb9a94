package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.testing.LayerProgram.Mode;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

final class EmbeddingTest {
  private static final int WIDTH = 3;

  @ParameterizedTest
  @EnumSource
  void call_givesScaledRows_zerosAtPadding_andWhatIsReal(Mode mode) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      Value output = call(mode, tf, variables, 5, new int[][] {{4, 1, 0}, {2, 0, 4}});
      float[] y = run.floats(output.floats());
      float[] table = run.floats(variables.get("e/table").read(tf));
      Operand<TFloat32> real = tf.dtypes.cast(output.real().orElseThrow(), TFloat32.class);

      assertThat(run.floats(real)).containsExactly(1, 1, 0, 1, 0, 1);
      int[] rows = {4, 1, -1, 2, -1, 4};
      for (int i = 0; i < rows.length; i++) {
        for (int c = 0; c < WIDTH; c++) {
          double expected = rows[i] < 0 ? 0 : Math.sqrt(3) * table[rows[i] * WIDTH + c];
          assertThat((double) y[i * WIDTH + c]).isCloseTo(expected, within(1e-6));
        }
      }
    }
  }

  /** By the table: sqrt(width) times the outputs' gradients, summed where a token comes twice. */
  @ParameterizedTest
  @EnumSource
  void gradient_gathersOutputsOfEachToken_noneAtPadding(Mode mode) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      Value output = call(mode, tf, variables, 5, new int[][] {{4, 1, 0}, {2, 0, 4}});
      float[] weights = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
      Operand<TFloat32> flat = tf.reshape(output.floats(), tf.constant(new int[] {-1}));
      Operand<TFloat32> loss =
          tf.reduceSum(tf.math.mul(flat, tf.constant(weights)), tf.constant(0));
      List<Gradient> gradients = Gradient.of(run.graph(), loss, variables.trainable());
      float[] byTable = run.floats(gradients.get(0).value());

      double root = Math.sqrt(3);
      double[][] expected = {
        {0, 0, 0},
        {4 * root, 5 * root, 6 * root},
        {10 * root, 11 * root, 12 * root},
        {0, 0, 0},
        {17 * root, 19 * root, 21 * root}
      };
      for (int i = 0; i < byTable.length; i++) {
        assertThat((double) byTable[i]).isCloseTo(expected[i / WIDTH][i % WIDTH], within(1e-5));
      }
    }
  }

  @Test
  void build_drawsNormalValuesBySeed_whateverTheScheme() {
    int vocabulary = 2_000;
    int width = 64;
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      List<Shape> inputs = List.of(Shape.of(7));
      new Embedding("a", vocabulary, width).build(variables, Xavier.uniform(1), inputs);
      new Embedding("b", vocabulary, width).build(variables, Xavier.uniform(1), inputs);
      new Embedding("c", vocabulary, width).build(variables, Kaiming.normal(2), inputs);
      float[] a = run.floats(variables.get("a/table").read(tf));

      assertThat(Arrays.copyOf(a, width)).containsOnly(0);
      double squares = 0;
      double fourth = 0;
      int count = a.length - width;
      for (float value : a) {
        squares += Math.pow(value, 2) / count;
        fourth += Math.pow(value, 4) / count;
      }
      // Five standard deviations of the estimators; the fourth moment tells normal from uniform.
      assertThat(squares).isCloseTo(1.0 / width, within(5 * Math.sqrt(2.0 / count) / width));
      assertThat(fourth / (squares * squares)).isCloseTo(3, within(5 * Math.sqrt(96.0 / count)));
      assertThat(run.floats(variables.get("b/table").read(tf))).isNotEqualTo(a);
      assertThat(run.floats(variables.get("c/table").read(tf))).isNotEqualTo(a);
      assertThat(variables.get("a/table").role()).isEqualTo(Variable.Role.EMBEDDING);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 5})
  void call_idOutOfRange_failsOnTheCpu(int id) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Value output = call(Mode.INFERENCE, tf, Variables.initialized(tf), 5, new int[][] {{id}});

      assertThatExceptionOfType(TFInvalidArgumentException.class)
          .isThrownBy(() -> run.floats(output.floats()))
          .withMessageContaining("is not in [0, 5)");
    }
  }

  @Test
  void descriptions_countTheTable_andNothingFeedsIt() {
    Embedding embedding = new Embedding("e", 5, WIDTH);
    List<Shape> inputs = List.of(Shape.of(7));

    assertThat(embedding.output(inputs)).isEqualTo(Shape.of(7, 3));
    assertThat(embedding.layer(inputs))
        .isEqualTo(new Layer("e", ImmutableList.of(7L, 3L), 15, Layer.Role.COUNTED));
    assertThat(embedding.wiring(0, inputs)).isEqualTo(Optional.empty());
    assertThat(embedding.kernel(inputs)).isEmpty();
  }

  @Test
  void embedding_outOfRange_isRefusedWithItsValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Embedding("e", 1, 3))
        .withMessage("layer 'e': vocabulary must be at least 2, got 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Embedding("e", 2, 0))
        .withMessage("layer 'e': width must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Embedding("e", 2, 3).output(List.of(Shape.of(2, 2))))
        .withMessage("layer 'e': expected an input of [positions], got [2, 2]");
  }

  private static Value call(Mode mode, Ops tf, Variables variables, int vocabulary, int[][] ids) {
    Operand<TInt32> tokens = tf.constant(ids);
    return new Embedding("e", vocabulary, WIDTH)
        .build(variables, Xavier.uniform(1), List.of(Shape.of(ids[0].length)))
        .call(mode.pass(tf), List.of(Value.of(tokens)))
        .output();
  }
}
