package org.tfemergence.init.initializer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.TinyTraining.Kind;
import org.tfemergence.init.plan.DepthProfile;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.init.plan.Kernel;

final class RescalingTest {
  private static final InitScheme SCHEME =
      new EmergencePromoting(Kaiming.normal(1), DepthProfile.geometric(4));

  /* Factors of a geometric profile of three layers: 1/4, 1, 4; powers of two are exact. */
  @ParameterizedTest
  @EnumSource
  void build_ofBothKinds_multipliesKernelsAlone(Kind kind) {
    float[] values = {3, -1, 0.5f, 8};
    InitPlan plan =
        SCHEME.plan(
            IntStream.rangeClosed(1, 3).mapToObj(i -> Kernel.of("k" + i, i, 2, 2)).toList());
    try (GraphRun run = new GraphRun()) {
      List<Weight> weights =
          List.of("k3", "bias", "k1", "k2").stream()
              .map(name -> weight(run, kind, name, Shape.of(2, 2), values))
              .toList();
      Op rescaling = Rescaling.build(run.tf(), plan, weights);
      List<Operand<TFloat32>> reads = weights.stream().map(w -> w.read(run.tf())).toList();

      run.run(rescaling);

      assertThat(run.floats(reads.get(0))).containsExactly(12, -4, 2, 32);
      assertThat(run.floats(reads.get(1))).containsExactly(values);
      assertThat(run.floats(reads.get(2))).containsExactly(0.75f, -0.25f, 0.125f, 2);
      assertThat(run.floats(reads.get(3))).containsExactly(values);
    }
  }

  @Test
  void build_kernelWithoutVariable_isRefused() {
    try (GraphRun run = new GraphRun()) {
      List<Weight> weights = List.of(weight(run, Kind.RESOURCE, "a", Shape.of(2, 2), 1, 2, 3, 4));

      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  Rescaling.build(run.tf(), SCHEME.plan(List.of(Kernel.of("b", 1, 2, 2))), weights))
          .withMessage("kernel 'b' must have a variable of shape [2, 2], got none");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  Rescaling.build(run.tf(), SCHEME.plan(List.of(Kernel.of("a", 1, 4, 1))), weights))
          .withMessage("kernel 'a' must have a variable of shape [4, 1], got [2, 2]");
    }
  }

  private static Weight weight(GraphRun run, Kind kind, String name, Shape shape, float... values) {
    return kind == Kind.REFERENCE
        ? Weight.of(run.reference(name, shape, values))
        : Weight.of(run.resource(name, shape, values));
  }
}
