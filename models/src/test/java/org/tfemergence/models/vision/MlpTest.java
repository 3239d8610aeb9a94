package org.tfemergence.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.EmergencePromoting;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.plan.DepthProfile;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

final class MlpTest {
  @Test
  void network_countsParametersByFormula() {
    Mlp mlp = Mlp.of(784, 10, 256, 256, 256);

    assertThat(mlp.network().layers())
        .containsExactly(
            new Layer("dense_1", 256, 785 * 256),
            new Layer("dense_2", 256, 257 * 256),
            new Layer("dense_3", 256, 257 * 256),
            new Layer("logits", 10, 257 * 10));
    assertThat(mlp.network().parameters()).isEqualTo(335_114);
    for (int i = 0; i < 3; i++) {
      assertThat(mlp.network().successors(i)).containsExactly(i + 1);
    }
    assertThat(mlp.network().successors(3)).isEmpty();
  }

  @Test
  void kernels_areNetworksLayersByRank() {
    Mlp mlp = Mlp.of(7, 3, 5, 4);

    assertThat(mlp.kernels())
        .containsExactly(
            Kernel.of("dense_1/kernel", 1, 7, 5),
            Kernel.of("dense_2/kernel", 2, 5, 4),
            Kernel.of("logits/kernel", 3, 4, 3));
    assertThat(mlp.blueprint().inputs())
        .containsExactly(new InputSpec("input", TFloat32.class, Shape.of(7)));
    assertThat(mlp.blueprint().outputShape()).isEqualTo(Shape.of(3));
  }

  @Test
  void of_noHiddenLayer_isLinearClassifier() {
    Mlp mlp = Mlp.of(7, 3);

    assertThat(mlp.network().layers()).containsExactly(new Layer("logits", 3, 24));
    assertThat(mlp.kernels()).containsExactly(Kernel.of("logits/kernel", 1, 7, 3));
  }

  @Test
  void build_makesVariablesOfNetworkAndKernels() {
    Mlp mlp = Mlp.of(7, 3, 5, 4);
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      mlp.build(variables, Kaiming.normal(1));

      assertThat(variables.all()).isEqualTo(variables.trainable());
      assertThat(variables.all().stream().map(Variable::name))
          .containsExactly(
              "dense_1/kernel",
              "dense_1/bias",
              "dense_2/kernel",
              "dense_2/bias",
              "logits/kernel",
              "logits/bias");
      assertThat(variables.all().stream().mapToLong(variable -> variable.shape().size()).sum())
          .isEqualTo(mlp.network().parameters());
    }
  }

  @Test
  void build_withScheme_drawsWhatItsPlanSays() {
    Mlp mlp = Mlp.of(200, 150, 150, 150);
    InitScheme scheme = new EmergencePromoting(Kaiming.normal(3), DepthProfile.geometric(2));
    InitPlan plan = scheme.plan(mlp.kernels());
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      mlp.build(variables, scheme);

      assertThat(plan.rows().stream().map(InitPlan.Row::factor)).containsExactly(0.5, 1.0, 2.0);
      for (InitPlan.Row row : plan.rows()) {
        float[] values =
            run.floats(
                variables.all().stream()
                    .filter(variable -> variable.name().equals(row.kernel().name()))
                    .findFirst()
                    .orElseThrow()
                    .read(run.tf()));
        double squares = 0;
        for (double value : doubles(values)) {
          squares += value * value;
        }
        // Five standard deviations of the estimator.
        assertThat(Math.sqrt(squares / values.length))
            .isCloseTo(
                row.standardDeviation(),
                within(5 * row.standardDeviation() / Math.sqrt(2.0 * values.length)));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void call_computesPlainJavasForwardPass(Activation activation) {
    int batch = 6;
    Mlp mlp = new Mlp(7, ImmutableList.of(9, 8), 3, activation);
    float[] features = Examples.features(batch * 7, 1);
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Model.Built built = mlp.build(variables, Kaiming.normal(5));
      Operand<TFloat32> input = run.tf().constant(Shape.of(batch, 7), DataBuffers.of(features));
      Model.Head training =
          built.call(
              Pass.training(run.tf().withSubScope("t"), 1, run.tf().constant(1L)),
              List.of(Value.of(input)));
      Model.Head evaluation =
          built.call(Pass.inference(run.tf().withSubScope("e")), List.of(Value.of(input)));
      Map<String, Operand<TFloat32>> reads = new LinkedHashMap<>();
      variables.all().forEach(variable -> reads.put(variable.name(), variable.read(run.tf())));

      assertThat(training.taps().stream().map(Tap::layer))
          .isEqualTo(mlp.network().layers().stream().map(Layer::name).toList());
      double[] x = doubles(features);
      List<double[]> expected = new ArrayList<>();
      for (String layer : List.of("dense_1", "dense_2", "logits")) {
        x =
            PlainDense.forward(
                x,
                doubles(run.floats(reads.get(layer + "/kernel"))),
                doubles(run.floats(reads.get(layer + "/bias"))),
                layer.equals("logits") ? Activation.LINEAR : activation);
        expected.add(x);
      }
      for (Model.Head head : List.of(training, evaluation)) {
        for (int i = 0; i < 3; i++) {
          assertThat(doubles(run.floats(head.taps().get(i).activations())))
              .containsExactly(expected.get(i), within(1e-5));
        }
        assertThat(run.floats(head.logits()))
            .isEqualTo(run.floats(head.taps().get(2).activations()));
      }
    }
  }

  @Test
  void mlp_badSizes_areRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Mlp.of(7, 1, 5))
        .withMessage("classes must be at least 2, got 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Mlp.of(0, 2, 5))
        .withMessage("inputs must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Mlp.of(7, 2, 5, 0))
        .withMessage("layer 'dense_2': units must be at least 1, got 0");
  }

  @Test
  void of_isRectifierNetwork() {
    assertThat(Mlp.of(7, 3, 5, 4))
        .isEqualTo(new Mlp(7, ImmutableList.of(5, 4), 3, Activation.RELU));
  }
}
