package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.LayerProgram;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

final class DenseTest {
  /** Of vectors, and at each position of sequences: rows are positions. */
  @ParameterizedTest
  @EnumSource
  void call_isPlainJavasLayer_andGradients(Activation activation) {
    for (Shape shape : List.of(Shape.of(4), Shape.of(3, 4))) {
      LayerProgram.requireEquals(
          new Dense("block/layer", 5, activation),
          3,
          (v, x) -> PlainDense.forward(x.get(0), v.get("kernel"), v.get("bias"), activation),
          shape);
    }
  }

  @Test
  void build_drawsKernelAndZeroesBias() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Kaiming initializer = Kaiming.normal(7);
      LayerSpec.Built built =
          new Dense("layer", 5, Activation.RELU)
              .build(variables, initializer, List.of(Shape.of(4)));
      Variable kernel = built.kernel().orElseThrow();
      Variable bias = variables.get("layer/bias");

      assertThat(variables.trainable()).containsExactly(kernel, bias);
      assertThat(variables.all()).hasSize(2);
      assertThat(kernel.name()).isEqualTo("layer/kernel");
      assertThat(kernel.shape()).isEqualTo(Shape.of(4, 5));
      assertThat(bias.shape()).isEqualTo(Shape.of(5));
      assertThat(run.floats(bias.read(run.tf()))).containsOnly(0);
      assertThat(run.floats(kernel.read(run.tf())))
          .isEqualTo(run.floats(initializer.call(run.tf(), Shape.of(4, 5))));
    }
  }

  @Test
  void call_twice_sharesVariables() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      LayerSpec.Built built =
          new Dense("layer", 5, Activation.TANH)
              .build(Variables.initialized(tf), Kaiming.normal(7), List.of(Shape.of(4)));
      Value x = Value.of(run.constant(Shape.of(3, 4), Examples.features(12, 3)));
      float[] once = run.floats(built.call(Pass.inference(tf), List.of(x)).output().floats());
      Pass again = Pass.inference(tf.withSubScope("again"));

      assertThat(run.floats(built.call(again, List.of(x)).output().floats())).isEqualTo(once);
    }
  }

  @Test
  void descriptions_countParametersAndShape() {
    Dense dense = new Dense("d", 256, Activation.RELU);
    List<Shape> inputs = List.of(Shape.of(784));

    assertThat(dense.output(inputs)).isEqualTo(Shape.of(256));
    assertThat(dense.layer(inputs)).isEqualTo(new Layer("d", 256, 785 * 256));
    assertThat(dense.kernel(inputs)).contains(Shape.of(784, 256));
    // Beyond int: (inputs + 1) units.
    assertThat(
            new Dense("d", 1 << 20, Activation.RELU).layer(List.of(Shape.of(1 << 20))).parameters())
        .isEqualTo((1L << 40) + (1L << 20));
  }

  @Test
  void descriptions_perPosition_keepPositionsAndShareTheKernel() {
    Dense dense = new Dense("d", 4, Activation.RELU);
    List<Shape> inputs = List.of(Shape.of(3, 5));

    assertThat(dense.output(inputs)).isEqualTo(Shape.of(3, 4));
    assertThat(dense.layer(inputs))
        .isEqualTo(new Layer("d", ImmutableList.of(3L, 4L), 24, Layer.Role.COUNTED));
    assertThat(dense.wiring(0, inputs)).contains(new Wiring.PerPosition());
    assertThat(dense.wiring(0, List.of(Shape.of(5)))).contains(new Wiring.Dense());
    assertThat(dense.kernel(inputs)).contains(Shape.of(5, 4));
  }

  @Test
  void dense_sizeBelowOne_namesLayerAndValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Dense("d", 1, Activation.RELU).output(List.of(Shape.scalar())))
        .withMessage("layer 'd': expected an input of [..., width], got []");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Dense("d", -3, Activation.RELU))
        .withMessage("layer 'd': units must be at least 1, got -3");
  }
}
