package org.tfemergence.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.exceptions.TFInvalidArgumentException;
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

  /** All elements count, those of weights that are zero too: 10,169 is the sum of squares. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 6.5, 100.8})
  void clip_aboveBound_scalesAllByOneFactorToTheBound(double bound) {
    List<float[]> clipped = apply(GradientTransform.clipByGlobalNorm(bound));
    double factor = bound / Math.sqrt(10_169);
    assertThat(doubles(clipped.get(0)))
        .containsExactly(scaled(KERNEL_GRADIENT, factor), within(1e-5));
    assertThat(doubles(clipped.get(1)))
        .containsExactly(scaled(BIAS_GRADIENT, factor), within(1e-5));
    assertThat(norm(clipped)).isCloseTo(bound, within(1e-5));
  }

  /** Squares of all of these are infinite, or zero, in float32. */
  @ParameterizedTest
  @CsvSource({
    "3e19, 4e19, 1",
    "3e19, 4e19, 4.9e19",
    "3e37, 4e37, 1",
    "1e38, 1e38, 1e30",
    "3e-24, 4e-24, 1e-24",
    "3e-30, 4e-30, 2e-30"
  })
  void clip_squaresBeyondFloat32_hasTheRightNorm(float kernel, float bias, double bound) {
    double norm = Math.sqrt((double) kernel * kernel + (double) bias * bias);
    float[] inKernel = {0, kernel, 0, 0};
    float[] inBias = {-bias, 0};
    List<float[]> clipped =
        apply(GradientTransform.clipByGlobalNorm(bound), Variable.Role.KERNEL, inKernel, inBias);
    assertThat(clipped.get(0)[1] / (kernel / norm * bound)).isCloseTo(1, within(1e-5));
    assertThat(clipped.get(1)[0] / (-bias / norm * bound)).isCloseTo(1, within(1e-5));

    List<float[]> whole =
        apply(
            GradientTransform.clipByGlobalNorm(1.01 * norm),
            Variable.Role.KERNEL,
            inKernel,
            inBias);
    assertThat(whole.get(0)).isEqualTo(inKernel);
    assertThat(whole.get(1)).isEqualTo(inBias);
  }

  @Test
  void clip_allZero_staysZero() {
    List<float[]> clipped =
        apply(
            GradientTransform.clipByGlobalNorm(1),
            Variable.Role.KERNEL,
            new float[4],
            new float[2]);
    assertThat(clipped.get(0)).containsOnly(0);
    assertThat(clipped.get(1)).containsOnly(0);
  }

  /** A single one among zeros, too; and what would be scaled to nothing. */
  @ParameterizedTest
  @CsvSource({"NaN, 0, 1", "0, NaN, 1", "Infinity, 0, 1", "3, -Infinity, 1", "1e38, 0, 1e-3"})
  void clip_notFinite_failsTheRun(float kernel, float bias, double bound) {
    assertThatExceptionOfType(TFInvalidArgumentException.class)
        .isThrownBy(
            () ->
                apply(
                    GradientTransform.clipByGlobalNorm(bound),
                    Variable.Role.KERNEL,
                    new float[] {0, 0, kernel, 0},
                    new float[] {0, bias}))
        .matches(FiniteGate::refused)
        .withMessageContaining("the norm of the gradients, in clip bounds of " + bound);
  }

  @ParameterizedTest
  @ValueSource(doubles = {100.9, 1e19, 1e30, 1e300})
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
    // Clipped last, all of (3.5, 3, 100, 2, 12) has norm 1; clipped first, it has not.
    double norm = Math.sqrt(3.5 * 3.5 + 9 + 10_000 + 4 + 144);
    assertThat((double) apply(decay.then(clip)).get(0)[0]).isCloseTo(3.5 / norm, within(1e-6));
    assertThat((double) apply(clip.then(decay)).get(0)[0])
        .isCloseTo(3 / Math.sqrt(10_169) + 0.5, within(1e-6));
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
    return apply(transform, role, KERNEL_GRADIENT, BIAS_GRADIENT);
  }

  private static double[] scaled(float[] values, double factor) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i] * factor).toArray();
  }

  private static double norm(List<float[]> values) {
    double squares = 0;
    for (float[] each : values) {
      for (float value : each) {
        squares += (double) value * value;
      }
    }
    return Math.sqrt(squares);
  }

  private static List<float[]> apply(
      GradientTransform transform, Variable.Role role, float[] ofKernel, float[] ofBias) {
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
                  new Gradient(kernel, tf.constant(ofKernel)),
                  new Gradient(bias, tf.constant(ofBias))));
      List<float[]> values = new ArrayList<>();
      gradients.forEach(gradient -> values.add(run.floats(gradient.value())));
      return values;
    }
  }
}
