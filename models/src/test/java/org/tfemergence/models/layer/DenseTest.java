package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableList;
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
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.CentralDifferences;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.LayerRun;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.variable.Variable;
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
    final LayerSpec.Built built;
    final Variable kernelVariable;
    final Variable biasVariable;
    final Operand<TFloat32> output;
    final Operand<TFloat32> loss;

    Program(Activation activation) {
      this.activation = activation;
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      built =
          new Dense("layer", UNITS, activation)
              .build(variables, Xavier.uniform(1), List.of(Shape.of(INPUTS)));
      kernelVariable = built.kernel().orElseThrow();
      biasVariable = variables.get("layer/bias");
      input = constant(tf, Shape.of(BATCH, INPUTS), x);
      output = call(tf);
      loss =
          tf.reduceSum(
              tf.math.mul(output, constant(tf, Shape.of(BATCH, UNITS), weights)),
              tf.constant(new int[] {0, 1}));
    }

    Operand<TFloat32> call(Ops tf) {
      return built.call(Pass.inference(tf), List.of(Value.of(input))).output().floats();
    }

    void setVariables() {
      Ops tf = run.tf();
      run.run(kernelVariable.weight().assign(tf, constant(tf, Shape.of(INPUTS, UNITS), kernel)));
      run.run(biasVariable.weight().assign(tf, constant(tf, Shape.of(UNITS), bias)));
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

      assertThat(doubles(program.run.floats(program.output)))
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
              List.of(program.kernelVariable, program.biasVariable));
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
          .containsExactly(program.kernelVariable, program.biasVariable);
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
    try (Program program = new Program(Activation.TANH)) {
      Ops tf = program.run.tf();
      Operand<TFloat32> again = program.call(tf.withSubScope("again"));
      program.setVariables();

      assertThat(program.run.floats(again)).isEqualTo(program.run.floats(program.output));
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

  @ParameterizedTest
  @EnumSource
  void call_perPosition_isTheLayerAtEachPosition(Activation activation) {
    try (LayerRun run = new LayerRun(new Dense("d", 4, activation), List.of(), Shape.of(3, 5))) {
      run.requireEquals(
          x -> PlainDense.forward(x.get(0), x.get(1), x.get(2), activation)); // rows are positions
    }
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
