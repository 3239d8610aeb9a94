package org.tfemergence.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

final class GradientTransformTest {
  private static final float[] KERNEL = {1, -2, 0, 4};
  private static final float[] KERNEL_GRADIENT = {3, 4, 100, 0};
  private static final float[] BIAS = {0, 5};
  private static final float[] BIAS_GRADIENT = {12, 0};

  /** Without the pruned weight's, the gradient's norm is that of (3, 4, 0, 12, 0): 13. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 6.5, 12.9})
  void clip_aboveBound_scalesAllByOneFactorToTheBound(double bound) {
    List<float[]> clipped = apply(GradientTransform.clipByGlobalNorm(bound));
    double factor = bound / 13;
    double living = 0;
    for (int i = 0; i < 4; i++) {
      assertThat((double) clipped.get(0)[i]).isCloseTo(KERNEL_GRADIENT[i] * factor, within(1e-5));
      living += KERNEL[i] == 0 ? 0 : Math.pow(clipped.get(0)[i], 2);
    }
    for (int i = 0; i < 2; i++) {
      assertThat((double) clipped.get(1)[i]).isCloseTo(BIAS_GRADIENT[i] * factor, within(1e-5));
      living += Math.pow(clipped.get(1)[i], 2);
    }
    assertThat(Math.sqrt(living)).isCloseTo(bound, within(1e-5));
  }

  @ParameterizedTest
  @ValueSource(doubles = {13, 14, 1e30})
  void clip_belowBound_changesNothing(double bound) {
    List<float[]> clipped = apply(GradientTransform.clipByGlobalNorm(bound));
    assertThat(clipped.get(0)).isEqualTo(KERNEL_GRADIENT);
    assertThat(clipped.get(1)).isEqualTo(BIAS_GRADIENT);
  }

  /** Whatever the groups, each trainable role is asked for. */
  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"STATISTIC", "STATE"})
  void weightDecay_addsToItsGroupsOnly(Variable.Role role) {
    float[] decayed = {3.5f, 3, 100, 2};
    GradientTransform usual = GradientTransform.weightDecay(0.5);
    GradientTransform own = new L2Penalty(new WeightDecay(0.5, ImmutableSet.of(role)));
    GradientTransform others =
        new L2Penalty(
            new WeightDecay(
                0.5,
                ImmutableSet.copyOf(
                    EnumSet.complementOf(
                        EnumSet.of(role, Variable.Role.STATISTIC, Variable.Role.STATE)))));

    assertThat(apply(usual, role).get(0))
        .isEqualTo(
            role == Variable.Role.KERNEL || role == Variable.Role.EMBEDDING
                ? decayed
                : KERNEL_GRADIENT);
    assertThat(apply(own, role).get(0)).isEqualTo(decayed);
    assertThat(apply(others, role).get(0)).isEqualTo(KERNEL_GRADIENT);
    assertThat(apply(usual).get(1)).isEqualTo(BIAS_GRADIENT);
  }

  @Test
  void then_doesTheFirstFirst() {
    GradientTransform decay = GradientTransform.weightDecay(0.5);
    GradientTransform clip = GradientTransform.clipByGlobalNorm(1);
    // Clipped last, the living part of (3.5, 3, 2, 12) has norm 1; clipped first, it has not.
    double norm = Math.sqrt(3.5 * 3.5 + 9 + 4 + 144);
    assertThat((double) apply(decay.then(clip)).get(0)[0]).isCloseTo(3.5 / norm, within(1e-6));
    assertThat((double) apply(clip.then(decay)).get(0)[0]).isCloseTo(3 / 13.0 + 0.5, within(1e-6));
    assertThat(apply(GradientTransform.none()).get(0)).isEqualTo(KERNEL_GRADIENT);
    assertThat(decay.then(clip)).isEqualTo(decay.then(clip));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void clip_boundOutOfRange_isRefusedWithItsValue(double bound) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GradientTransform.clipByGlobalNorm(bound))
        .withMessage("clip bound must be finite and positive, got " + bound);
  }

  private static List<float[]> apply(GradientTransform transform) {
    return apply(transform, Variable.Role.KERNEL);
  }

  private static List<float[]> apply(GradientTransform transform, Variable.Role role) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      Variable kernel = variables.add("kernel", Shape.of(4), role, init -> init.constant(KERNEL));
      Variable bias =
          variables.add("bias", Shape.of(2), Variable.Role.BIAS, init -> init.constant(BIAS));
      List<Gradient> gradients =
          transform.apply(
              tf,
              List.of(
                  new Gradient(kernel, tf.constant(KERNEL_GRADIENT)),
                  new Gradient(bias, tf.constant(BIAS_GRADIENT))));
      List<float[]> values = new ArrayList<>();
      gradients.forEach(gradient -> values.add(run.floats(gradient.value())));
      return values;
    }
  }
}
