package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.testing.CentralDifferences;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.variable.Variables;

final class DenseTest {
  private static final int BATCH = 3;
  private static final int INPUTS = 4;
  private static final int UNITS = 5;

  /** A layer in a graph with a loss that weighs its outputs, and the same in plain Java. */
  private static final class Program implements AutoCloseable {
    final GraphRun run = new GraphRun();
    final Activation activation;
    final float[] x = Examples.features(BATCH * INPUTS, 3);
    final float[] kernel = Examples.features(INPUTS * UNITS, 4);
    final float[] bias = Examples.features(UNITS, 5);
    final float[] weights = Examples.features(BATCH * UNITS, 6);
    final Operand<TFloat32> input;
    final Dense.Built built;
    final Tap tap;
    final Operand<TFloat32> loss;

    Program(Activation activation) {
      this.activation = activation;
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      built = new Dense("layer", INPUTS, UNITS, activation).build(variables, Xavier.uniform(1));
      input = constant(tf, Shape.of(BATCH, INPUTS), x);
      tap = built.call(tf, input);
      loss =
          tf.reduceSum(
              tf.math.mul(tap.activations(), constant(tf, Shape.of(BATCH, UNITS), weights)),
              tf.constant(new int[] {0, 1}));
    }

    void setVariables() {
      Ops tf = run.tf();
      run.run(built.kernel().weight().assign(tf, constant(tf, Shape.of(INPUTS, UNITS), kernel)));
      run.run(built.bias().weight().assign(tf, constant(tf, Shape.of(UNITS), bias)));
    }

    double plainLoss(double[] x, double[] kernel, double[] bias) {
      double[] y = PlainDense.forward(x, kernel, bias, activation);
      double sum = 0;
      for (int i = 0; i < y.length; i++) {
        sum += weights[i] * y[i];
      }
      return sum;
    }

    @Override
    public void close() {
      run.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void call_computesPlainJavasLayer(Activation activation) {
    try (Program program = new Program(activation)) {
      program.setVariables();
      double[] expected =
          PlainDense.forward(
              doubles(program.x), doubles(program.kernel), doubles(program.bias), activation);

      assertThat(doubles(program.run.floats(program.tap.activations())))
          .containsExactly(expected, within(2e-6));
    }
  }

  /** Central differences of the double oracle; the graph's float32 rounds to about 1e-6. */
  @ParameterizedTest
  @EnumSource
  void gradients_areCentralDifferences(Activation activation) {
    try (Program program = new Program(activation)) {
      List<Gradient> gradients =
          Gradient.of(
              program.run.graph(),
              program.loss,
              List.of(program.built.kernel(), program.built.bias()));
      Output<?>[] byInput =
          program
              .run
              .graph()
              .addGradients(program.loss.asOutput(), new Output<?>[] {program.input.asOutput()});
      Operand<TFloat32> inputGradient = byInput[0].op().output(byInput[0].index());
      program.setVariables();
      double[] x = doubles(program.x);
      double[] kernel = doubles(program.kernel);
      double[] bias = doubles(program.bias);
      requireAwayFromKink(PlainDense.forward(x, kernel, bias, Activation.LINEAR));

      assertThat(gradients.stream().map(Gradient::variable))
          .containsExactly(program.built.kernel(), program.built.bias());
      assertThat(doubles(program.run.floats(gradients.get(0).value())))
          .containsExactly(
              CentralDifferences.gradient(k -> program.plainLoss(x, k, bias), kernel),
              within(1e-5));
      assertThat(doubles(program.run.floats(gradients.get(1).value())))
          .containsExactly(
              CentralDifferences.gradient(b -> program.plainLoss(x, kernel, b), bias),
              within(1e-5));
      assertThat(doubles(program.run.floats(inputGradient)))
          .containsExactly(
              CentralDifferences.gradient(i -> program.plainLoss(i, kernel, bias), x),
              within(1e-5));
    }
  }

  @Test
  void build_drawsKernelAndZeroesBias() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Kaiming initializer = Kaiming.normal(7);
      Dense.Built built = new Dense("layer", 4, 5, Activation.RELU).build(variables, initializer);

      assertThat(variables.trainable()).containsExactly(built.kernel(), built.bias());
      assertThat(variables.all()).hasSize(2);
      assertThat(built.kernel().name()).isEqualTo("layer/kernel");
      assertThat(built.kernel().shape()).isEqualTo(Shape.of(4, 5));
      assertThat(built.bias().name()).isEqualTo("layer/bias");
      assertThat(built.bias().shape()).isEqualTo(Shape.of(5));
      assertThat(run.floats(built.bias().read(run.tf()))).containsOnly(0);
      assertThat(run.floats(built.kernel().read(run.tf())))
          .isEqualTo(run.floats(initializer.call(run.tf(), Shape.of(4, 5))));
    }
  }

  @Test
  void call_twice_sharesVariables() {
    try (Program program = new Program(Activation.TANH)) {
      Ops tf = program.run.tf();
      Tap again = program.built.call(tf.withSubScope("again"), program.input);
      program.setVariables();

      assertThat(again.layer()).isEqualTo("layer");
      assertThat(again.units()).isEqualTo(UNITS);
      assertThat(program.run.floats(again.activations()))
          .isEqualTo(program.run.floats(program.tap.activations()));
    }
  }

  @Test
  void descriptions_countParametersAndShape() {
    Dense dense = new Dense("d", 784, 256, Activation.RELU);

    assertThat(dense.layer()).isEqualTo(new Layer("d", 256, 785 * 256));
    assertThat(dense.kernel(3)).isEqualTo(Kernel.of("d/kernel", 3, 784, 256));
    // Beyond int: (inputs + 1) units.
    assertThat(new Dense("d", 1 << 20, 1 << 20, Activation.RELU).layer().parameters())
        .isEqualTo((1L << 40) + (1L << 20));
  }

  @Test
  void dense_sizeBelowOne_namesLayerAndValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Dense("d", 0, 1, Activation.RELU))
        .withMessage("layer 'd': inputs must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Dense("d", 1, -3, Activation.RELU))
        .withMessage("layer 'd': units must be at least 1, got -3");
  }

  /** Sums within the step of a rectifier's kink would have no derivative to compare. */
  private static void requireAwayFromKink(double[] sums) {
    for (double sum : sums) {
      assertThat(Math.abs(sum)).isGreaterThan(1e-2);
    }
  }

  private static Operand<TFloat32> constant(Ops tf, Shape shape, float[] values) {
    return tf.constant(shape, DataBuffers.of(values));
  }
}
