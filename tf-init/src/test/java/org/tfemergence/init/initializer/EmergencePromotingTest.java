package org.tfemergence.init.initializer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.plan.DepthProfile;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.init.plan.Kernel;

final class EmergencePromotingTest {
  private static final int WIDTH = 32;
  private static final Shape SHAPE = Shape.of(WIDTH, WIDTH);
  private static final Kaiming BASE = Kaiming.normal(11);

  @Test
  void initializer_ofEachLayer_scalesBaseValuesByFactor() {
    InitScheme scheme = new EmergencePromoting(BASE, DepthProfile.geometric(3));
    double[] factors = {1.0 / 9, 1.0 / 3, 1, 3, 9};
    List<Kernel> kernels = kernels(5);
    for (int i = 0; i < factors.length; i++) {
      float[] base = draw(BASE.initializer(kernels.get(i), 5));
      float[] scaled = draw(scheme.initializer(kernels.get(i), 5));
      for (int j = 0; j < base.length; j++) {
        assertThat((double) scaled[j])
            .isCloseTo(base[j] * factors[i], within(1e-6 * Math.abs(base[j] * factors[i]) + 1e-30));
      }
    }
  }

  @Test
  void initializer_standardDeviation_isFactorTimesBases() {
    InitScheme scheme = new EmergencePromoting(BASE, DepthProfile.constant(5));
    double base = Math.sqrt(2.0 / WIDTH);
    List<Kernel> kernels = kernels(3);

    assertThat(scheme.initializer(kernels.get(0), 3).standardDeviation(SHAPE))
        .isCloseTo(base / 5, within(1e-12));
    assertThat(scheme.initializer(kernels.get(1), 3).standardDeviation(SHAPE))
        .isCloseTo(base, within(1e-12));
    assertThat(scheme.initializer(kernels.get(2), 3).standardDeviation(SHAPE))
        .isCloseTo(base * 5, within(1e-12));
  }

  @Test
  void initializer_ofLayers_haveStreamsOfTheirOwn() {
    InitScheme scheme = new EmergencePromoting(BASE, DepthProfile.none());
    List<Kernel> kernels = kernels(2);

    assertThat(draw(scheme.initializer(kernels.get(0), 2)))
        .isNotEqualTo(draw(scheme.initializer(kernels.get(1), 2)));
  }

  @Test
  void initializer_rankBeyondDepth_isRefused() {
    InitScheme scheme = new EmergencePromoting(BASE, DepthProfile.geometric(2));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> scheme.initializer(Kernel.of("k", 4, 2, 2), 3))
        .withMessage("rank must be in [1, 3], got 4");
  }

  @Test
  void initializers_ofNetwork_areThoseOfItsDepth() {
    InitScheme scheme = new EmergencePromoting(BASE, DepthProfile.geometric(3));
    List<Kernel> kernels = kernels(4);

    Map<String, KernelInitializer> initializers = scheme.initializers(kernels);

    assertThat(initializers.keySet()).containsExactlyElementsOf(names(kernels));
    for (Kernel kernel : kernels) {
      assertThat(initializers.get(kernel.name())).isEqualTo(scheme.initializer(kernel, 4));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scheme.initializers(List.of(kernels.get(0), kernels.get(0))));
  }

  @Test
  void plan_ofNetwork_saysWhatInitializersDo() {
    InitScheme scheme = new EmergencePromoting(BASE, DepthProfile.geometric(1.5));
    InitPlan plan = scheme.plan(kernels(6));

    assertThat(plan.rows()).hasSize(6);
    for (InitPlan.Row row : plan.rows()) {
      assertThat(row.standardDeviation())
          .isEqualTo(scheme.initializer(row.kernel(), 6).standardDeviation(SHAPE));
    }
  }

  /** Powers of two scale float32 exactly; other factors round once per weight and layer. */
  @ParameterizedTest
  @CsvSource({"2, 6, 0", "2, 7, 0", "4, 5, 0", "1.7, 6, 1e-5", "1.7, 7, 1e-5", "0.3, 6, 1e-5"})
  void logits_ofRectifierNetworkWithoutBiases_doNotDependOnAlpha(
      double alpha, int depth, double tolerance) {
    float[] expected = logits(BASE, depth);
    double size = 0;
    for (float logit : expected) {
      size = Math.max(size, Math.abs(logit));
    }
    assertThat(size).isGreaterThan(1e-3);
    for (DepthProfile profile :
        List.of(DepthProfile.geometric(alpha), DepthProfile.constant(alpha))) {
      float[] scaled = logits(new EmergencePromoting(BASE, profile), depth);
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) scaled[i]).isCloseTo(expected[i], within(tolerance * size));
      }
    }
  }

  @Test
  void logits_ofUnbalancedProfile_doDependOnAlpha() {
    DepthProfile unbalanced = new DepthProfile("all", 2, (rank, depth) -> 1);
    float[] base = logits(BASE, 4);
    float[] scaled = logits(new EmergencePromoting(BASE, unbalanced), 4);
    for (int i = 0; i < base.length; i++) {
      assertThat(scaled[i]).isEqualTo(16 * base[i]);
    }
  }

  private static float[] logits(InitScheme scheme, int depth) {
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> x = Xavier.normal(99).call(run.tf(), Shape.of(8, WIDTH));
      for (Kernel kernel : kernels(depth)) {
        Operand<TFloat32> weights =
            scheme.initializer(kernel, depth).call(run.tf(), Shape.of(WIDTH, WIDTH));
        Operand<TFloat32> sum = run.tf().linalg.matMul(x, weights);
        x = kernel.rank() == depth ? sum : run.tf().nn.relu(sum);
      }
      return run.floats(x);
    }
  }

  private static float[] draw(KernelInitializer initializer) {
    try (GraphRun run = new GraphRun()) {
      return run.floats(initializer.call(run.tf(), Shape.of(WIDTH, WIDTH)));
    }
  }

  private static List<String> names(List<Kernel> kernels) {
    return kernels.stream().map(Kernel::name).toList();
  }

  private static List<Kernel> kernels(int depth) {
    return IntStream.rangeClosed(1, depth)
        .mapToObj(rank -> Kernel.of("layer_" + rank + "/kernel", rank, WIDTH, WIDTH))
        .toList();
  }
}
