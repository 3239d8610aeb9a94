package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.LayerProgram;
import org.tfemergence.models.testing.LayerProgram.Mode;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.testing.PlainMaps;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

final class BatchNormTest {
  private static final BatchNorm NORM = new BatchNorm(0.8, 0.01);
  private static final BatchNormLayer LAYER =
      new BatchNormLayer("block/layer", NORM, Activation.LINEAR);

  /** The normalization in plain Java: by the batch in training, else by the moving averages. */
  static double[] normalized(
      BatchNorm norm, Mode mode, Map<String, double[]> variables, double[] x) {
    double[] gain = variables.get("gain");
    boolean training = mode == Mode.TRAINING;
    return PlainMaps.normalize(
        x,
        training ? PlainMaps.channelMeans(x, gain.length) : variables.get("moving_mean"),
        training ? PlainMaps.channelVariances(x, gain.length) : variables.get("moving_variance"),
        norm.epsilon(),
        gain,
        variables.get("offset"));
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void call_ofMaps_computesDefinition_andGradients(Mode mode) {
    try (LayerProgram program = new LayerProgram(LAYER, 2, mode, Shape.of(3, 4, 5))) {
      program.requireEquals(
          (variables, inputs) -> normalized(NORM, mode, variables, inputs.get(0)), 2e-5);
    }
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void call_ofVectorsAndSequences_computesDefinition_andGradients(Mode mode) {
    for (Shape shape : List.of(Shape.of(5), Shape.of(3, 5))) {
      try (LayerProgram program = new LayerProgram(LAYER, 7, mode, shape)) {
        program.requireEquals(
            (variables, inputs) -> normalized(NORM, mode, variables, inputs.get(0)), 2e-5);
      }
    }
  }

  /** One example of vectors, or of maps of one position, has no variance. */
  @Test
  void call_oneValueOfAChannelInTraining_isRefusedByName() {
    for (Shape shape : List.of(Shape.of(5), Shape.of(1, 1, 5))) {
      try (LayerProgram program = new LayerProgram(LAYER, 1, Mode.TRAINING, shape)) {
        assertThatExceptionOfType(TFInvalidArgumentException.class)
            .isThrownBy(() -> program.run().floats(program.called().output().floats()))
            .withMessageContaining(
                "layer block/layer: batch normalization must have at least two values of a channel"
                    + " to train");
      }
      try (LayerProgram program = new LayerProgram(LAYER, 1, Mode.INFERENCE, shape)) {
        assertThat(program.run().floats(program.called().output().floats())).hasSize(5);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void call_withinDense_normalizesBeforeTheActivation(Mode mode) {
    Dense dense = new Dense("block/layer", 4, Activation.TANH).withNormalization(NORM);
    for (Shape shape : List.of(Shape.of(5), Shape.of(3, 5))) {
      try (LayerProgram program = new LayerProgram(dense, 6, mode, shape)) {
        program.requireEquals(
            (variables, inputs) -> {
              double[] sums = sums(variables, inputs.get(0));
              double[] y = normalized(NORM, mode, variables, sums);
              return Arrays.stream(y).map(Math::tanh).toArray();
            },
            5e-5);
        assertThat(doubles(program.run().floats(program.called().kernelOutput().orElseThrow())))
            .containsExactly(sums(program.values(), program.inputValues().get(0)), within(1e-5));
      }
    }
  }

  private static double[] sums(Map<String, double[]> variables, double[] x) {
    return PlainDense.forward(x, variables.get("kernel"), variables.get("bias"), Activation.LINEAR);
  }

  /** The recurrence over steps, each with another batch; the variance with n / (n - 1). */
  @Test
  void call_training_movesAverages() {
    int batch = 3;
    int channels = 2;
    int steps = 5;
    Shape shape = Shape.of(batch, 2, 2, channels);
    double n = batch * 2 * 2;
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      LayerSpec.Built built =
          LAYER.build(variables, Kaiming.normal(1), List.of(Shape.of(2, 2, channels)));
      Placeholder<TFloat32> input = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
      Pass pass = Pass.training(tf, 1, tf.constant(1L));
      built.call(pass, List.of(Value.of(input)));
      List<Op> assignments = new ArrayList<>();
      pass.assignments()
          .forEach(set -> assignments.add(set.variable().weight().assign(tf, set.value())));
      Operand<TFloat32> mean = variables.get("block/layer/moving_mean").read(tf);
      Operand<TFloat32> variance = variables.get("block/layer/moving_variance").read(tf);

      double[] expectedMean = {0, 0};
      double[] expectedVariance = {1, 1};
      for (int step = 0; step < steps; step++) {
        float[] x = Examples.features((int) shape.size(), step);
        try (TFloat32 fed = TFloat32.tensorOf(shape, DataBuffers.of(x))) {
          var runner = run.session().runner().feed(input, fed);
          assignments.forEach(runner::addTarget);
          runner.run().close();
        }
        double[] batchMean = PlainMaps.channelMeans(doubles(x), channels);
        double[] batchVariance = PlainMaps.channelVariances(doubles(x), channels);
        for (int c = 0; c < channels; c++) {
          expectedMean[c] = 0.8 * expectedMean[c] + 0.2 * batchMean[c];
          expectedVariance[c] = 0.8 * expectedVariance[c] + 0.2 * batchVariance[c] * n / (n - 1);
        }
      }
      assertThat(doubles(run.floats(mean))).containsExactly(expectedMean, within(1e-6));
      assertThat(doubles(run.floats(variance))).containsExactly(expectedVariance, within(1e-6));
    }
  }

  @Test
  void call_inference_setsNothing() {
    try (LayerProgram program = new LayerProgram(LAYER, 2, Mode.INFERENCE, Shape.of(3, 4, 5))) {
      assertThat(program.pass().assignments()).isEmpty();
    }
  }

  @Test
  void build_startsAtTheIdentity() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      LAYER.build(variables, Kaiming.normal(1), List.of(Shape.of(2, 2, 3)));

      assertThat(variables.all().stream().map(Variable::name))
          .containsExactly(
              "block/layer/gain",
              "block/layer/offset",
              "block/layer/moving_mean",
              "block/layer/moving_variance");
      assertThat(variables.all().stream().map(Variable::role))
          .containsExactly(
              Variable.Role.NORMALIZATION,
              Variable.Role.NORMALIZATION,
              Variable.Role.STATISTIC,
              Variable.Role.STATISTIC);
      for (Variable variable : variables.all()) {
        assertThat(run.floats(variable.read(run.tf())))
            .hasSize(3)
            .containsOnly(
                variable.name().endsWith("gain") || variable.name().endsWith("variance") ? 1 : 0);
      }
    }
  }

  @Test
  void normalization_isWiringWithParameters() {
    List<Shape> inputs = List.of(Shape.of(4, 3, 5));

    assertThat(LAYER.output(inputs)).isEqualTo(Shape.of(4, 3, 5));
    assertThat(LAYER.layer(inputs).role()).isEqualTo(Layer.Role.WIRING);
    assertThat(LAYER.layer(inputs).parameters()).isEqualTo(10);
    assertThat(LAYER.wiring(0, inputs)).contains(new Wiring.OneToOne(0));
  }

  @Test
  void call_paddedSequences_areRefused() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      LayerSpec.Built built =
          LAYER.build(Variables.initialized(tf), Kaiming.normal(1), List.of(Shape.of(4, 3)));
      Operand<TBool> real = tf.constant(new boolean[][] {{true, true, false, false}});
      Value value = new Value(run.constant(Shape.of(1, 4, 3), new float[12]), Optional.of(real));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> built.call(Pass.inference(tf), List.of(value)))
          .withMessage(
              "layer 'block/layer': batch normalization does not take sequences with padding");
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, 1.5, Double.NaN})
  void momentum_outOfRange_isRefusedWithItsValue(double momentum) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BatchNorm(momentum, 1e-3))
        .withMessage("momentum must be in [0, 1), got " + momentum);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1e-3, Double.POSITIVE_INFINITY, Double.NaN})
  void epsilon_outOfRange_isRefusedWithItsValue(double epsilon) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BatchNorm(0.9, epsilon))
        .withMessage("epsilon must be finite and positive, got " + epsilon);
  }
}
