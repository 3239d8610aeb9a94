package org.tfemergence.init.initializer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.framework.initializers.Initializer;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.plan.DepthProfile;
import org.tfemergence.init.plan.Gain;

/**
 * The contract of every initializer.
 *
 * <p>Tolerances are five standard deviations of the estimator for n drawn values: the mean has
 * {@code std / sqrt(n)}, the standard deviation at most {@code std / sqrt(2 n)} (that of a normal
 * distribution; the others have lighter tails), a share at most {@code 1 / (2 sqrt(n))}, a
 * correlation {@code 1 / sqrt(n)}.
 */
final class KernelInitializerTest {
  private static final Shape DENSE = Shape.of(256, 512);
  private static final Shape CONVOLUTION = Shape.of(3, 3, 64, 128);

  /** An initializer by seed on a shape, and the standard deviation its formula gives there. */
  private record Case(
      String name,
      Distribution distribution,
      LongFunction<KernelInitializer> initializer,
      Shape shape,
      double std) {
    float[] draw(long seed) {
      return KernelInitializerTest.draw(initializer.apply(seed), shape);
    }

    @Override
    public String toString() {
      return name + " on " + shape;
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Distribution distribution : Distribution.values()) {
      addCases(cases, distribution, DENSE, 256, 512);
      addCases(cases, distribution, CONVOLUTION, 9 * 64, 9 * 128);
    }
    return cases;
  }

  private static void addCases(
      List<Case> cases, Distribution distribution, Shape shape, double in, double out) {
    cases.add(
        new Case(
            "Xavier " + distribution,
            distribution,
            seed -> new Xavier(distribution, Gain.linear(), seed),
            shape,
            Math.sqrt(2 / (in + out))));
    cases.add(
        new Case(
            "Xavier for tanh " + distribution,
            distribution,
            seed -> new Xavier(distribution, Gain.tanh(), seed),
            shape,
            5.0 / 3 * Math.sqrt(2 / (in + out))));
    cases.add(
        new Case(
            "Kaiming by fan-in " + distribution,
            distribution,
            seed -> new Kaiming(distribution, Kaiming.Mode.FAN_IN, Gain.relu(), seed),
            shape,
            Math.sqrt(2 / in)));
    cases.add(
        new Case(
            "Kaiming by fan-out " + distribution,
            distribution,
            seed -> new Kaiming(distribution, Kaiming.Mode.FAN_OUT, Gain.linear(), seed),
            shape,
            Math.sqrt(1 / out)));
    cases.add(
        new Case(
            "LeCun " + distribution,
            distribution,
            seed -> new LeCun(distribution, seed),
            shape,
            Math.sqrt(1 / in)));
    cases.add(
        new Case(
            "Scaled Kaiming " + distribution,
            distribution,
            seed ->
                new Scaled(new Kaiming(distribution, Kaiming.Mode.FAN_IN, Gain.relu(), seed), 3),
            shape,
            3 * Math.sqrt(2 / in)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void standardDeviation_followsFormula(Case drawn) {
    assertThat(drawn.initializer().apply(1).standardDeviation(drawn.shape()))
        .isCloseTo(drawn.std(), within(1e-12));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void values_haveMeanZeroAndFormulasStandardDeviation(Case drawn) {
    float[] values = drawn.draw(1);

    assertThat(values).hasSize((int) drawn.shape().size());
    double n = values.length;
    assertThat(mean(values)).isCloseTo(0, within(5 * drawn.std() / Math.sqrt(n)));
    assertThat(std(values)).isCloseTo(drawn.std(), within(5 * drawn.std() / Math.sqrt(2 * n)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void values_haveTheirDistributionsShape(Case drawn) {
    float[] values = drawn.draw(2);

    double beyondOne = 0;
    double beyondTwo = 0;
    float least = 0;
    float greatest = 0;
    for (float value : values) {
      beyondOne += Math.abs(value) > drawn.std() ? 1 : 0;
      beyondTwo += Math.abs(value) > 2 * drawn.std() ? 1 : 0;
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
    double n = values.length;
    double tolerance = 5 / (2 * Math.sqrt(n));
    /*
     * Shares beyond one and two standard deviations, from the normal distribution's function: the
     * truncated one has its standard deviation at 0.87962566 and its end at 2 of the normal's.
     */
    switch (drawn.distribution()) {
      case UNIFORM -> {
        double limit = Math.sqrt(3) * drawn.std();
        assertThat(beyondOne / n).isCloseTo(1 - 1 / Math.sqrt(3), within(tolerance));
        assertThat((double) greatest).isBetween(0.99 * limit, limit * (1 + 1e-6));
        assertThat((double) least).isBetween(-limit * (1 + 1e-6), -0.99 * limit);
      }
      case NORMAL -> {
        assertThat(beyondOne / n).isCloseTo(0.317311, within(tolerance));
        assertThat(beyondTwo / n).isCloseTo(0.045500, within(tolerance));
        assertThat((double) greatest).isGreaterThan(3 * drawn.std());
        assertThat((double) least).isLessThan(-3 * drawn.std());
      }
      case TRUNCATED_NORMAL -> {
        double limit = 2 * drawn.std() / 0.87962566;
        assertThat(beyondOne / n).isCloseTo(0.349463, within(tolerance));
        assertThat((double) greatest).isBetween(0.99 * limit, limit * (1 + 1e-6));
        assertThat((double) least).isBetween(-limit * (1 + 1e-6), -0.99 * limit);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void values_ofEqualSeeds_areEqual(Case drawn) {
    assertThat(drawn.draw(3)).isEqualTo(drawn.draw(3));
    assertThat(correlation(drawn.draw(3), drawn.draw(4)))
        .isCloseTo(0, within(5 / Math.sqrt((double) drawn.shape().size())));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void named_differentVariables_areUncorrelated(Case drawn) {
    KernelInitializer initializer = drawn.initializer().apply(5);
    float[] a = draw(initializer.named("a/kernel"), drawn.shape());
    float[] b = draw(initializer.named("b/kernel"), drawn.shape());

    assertThat(a).isEqualTo(draw(initializer.named("a/kernel"), drawn.shape()));
    assertThat(correlation(a, b)).isCloseTo(0, within(5 / Math.sqrt(a.length)));
    assertThat(correlation(a, drawn.draw(5))).isCloseTo(0, within(5 / Math.sqrt(a.length)));
    assertThat(std(a)).isCloseTo(drawn.std(), within(5 * drawn.std() / Math.sqrt(2.0 * a.length)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void call_asFrameworksInitializer_givesSameValues(Case drawn) {
    Initializer<TFloat32> initializer = drawn.initializer().apply(6);
    try (GraphRun run = new GraphRun()) {
      Variable<TFloat32> variable =
          run.tf()
              .variable(
                  initializer.call(
                      run.tf(), run.tf().constant(drawn.shape().asArray()), TFloat32.class));

      assertThat(variable.asOutput().shape()).isEqualTo(drawn.shape());
      assertThat(run.floats(variable)).isEqualTo(drawn.draw(6));
    }
  }

  @Test
  void call_secondVariableBesideTheFirst_changesNeither() {
    Initializer<TFloat32> first = Xavier.uniform(1).named("first");
    Initializer<TFloat32> second = Kaiming.normal(1).named("second");
    try (GraphRun run = new GraphRun()) {
      Variable<TFloat32> a =
          run.tf()
              .variable(first.call(run.tf(), run.tf().constant(new long[] {4, 5}), TFloat32.class));
      Variable<TFloat32> b =
          run.tf()
              .variable(
                  second.call(run.tf(), run.tf().constant(new long[] {4, 5}), TFloat32.class));

      assertThat(run.floats(a)).isEqualTo(draw(Xavier.uniform(1).named("first"), Shape.of(4, 5)));
      assertThat(run.floats(b)).isEqualTo(draw(Kaiming.normal(1).named("second"), Shape.of(4, 5)));
    }
  }

  @Test
  void call_shapeWithoutFans_isRefused() {
    try (GraphRun run = new GraphRun()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Xavier.uniform(1).call(run.tf(), Shape.of(3)))
          .withMessageContaining("at least two dimensions, got 1");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Kaiming.normal(1).call(run.tf(), Shape.of(Shape.UNKNOWN_SIZE, 3)))
          .withMessageContaining("dimension 0 of a kernel must be at least 1");
    }
  }

  @Test
  void xavier_onPublishedShapes_hasPublishedNumbers() {
    // Glorot, 256x512: limit .08839, std .05103; HWIO 3x3x64x128: std .03402, limit .05893.
    double dense = Xavier.uniform(1).standardDeviation(Shape.of(256, 512));
    double convolution = Xavier.normal(1).standardDeviation(Shape.of(3, 3, 64, 128));

    assertThat(dense).isCloseTo(0.05103, within(5e-6));
    assertThat(dense * Math.sqrt(3)).isCloseTo(0.08839, within(5e-6));
    assertThat(convolution).isCloseTo(0.03402, within(5e-6));
    assertThat(convolution * Math.sqrt(3)).isCloseTo(0.05893, within(5e-6));
    assertThat(max(draw(Xavier.uniform(1), DENSE))).isCloseTo(0.08839, within(0.01 * 0.08839));
  }

  @Test
  void kaiming_onConvolution_hasPublishedNumber() {
    assertThat(Kaiming.normal(1).standardDeviation(Shape.of(3, 3, 64, 128)))
        .isCloseTo(0.05893, within(5e-6));
    assertThat(Kaiming.uniform(1).standardDeviation(Shape.of(3, 3, 64, 128)))
        .isCloseTo(0.05893, within(5e-6));
    assertThat(std(draw(Kaiming.normal(1), CONVOLUTION)))
        .isCloseTo(0.05893, within(5 * 0.05893 / Math.sqrt(2 * 73_728.0)));
  }

  @Test
  void shorthands_nameTheirDistributions() {
    assertThat(Xavier.uniform(9)).isEqualTo(new Xavier(Distribution.UNIFORM, Gain.linear(), 9));
    assertThat(Xavier.normal(9)).isEqualTo(new Xavier(Distribution.NORMAL, Gain.linear(), 9));
    assertThat(Kaiming.uniform(9))
        .isEqualTo(new Kaiming(Distribution.UNIFORM, Kaiming.Mode.FAN_IN, Gain.relu(), 9));
    assertThat(LeCun.uniform(9)).isEqualTo(new LeCun(Distribution.UNIFORM, 9));
    assertThat(LeCun.normal(9)).isEqualTo(new LeCun(Distribution.NORMAL, 9));
    assertThat(Kaiming.normal(9).withGain(Gain.tanh()))
        .isEqualTo(new Kaiming(Distribution.NORMAL, Kaiming.Mode.FAN_IN, Gain.tanh(), 9));
    assertThat(Xavier.uniform(9).withGain(Gain.selu()))
        .isEqualTo(new Xavier(Distribution.UNIFORM, Gain.selu(), 9));
    assertThat(Kaiming.normal(9))
        .isEqualTo(new Kaiming(Distribution.NORMAL, Kaiming.Mode.FAN_IN, Gain.relu(), 9));
  }

  @Test
  void named_keepsEverythingButTheSeed() {
    long seed = Seeds.derive(9, "v");
    assertThat(Xavier.uniform(9).named("v")).isEqualTo(Xavier.uniform(seed));
    assertThat(Kaiming.normal(9).named("v")).isEqualTo(Kaiming.normal(seed));
    assertThat(new Scaled(Kaiming.normal(9), 2).named("v"))
        .isEqualTo(new Scaled(Kaiming.normal(seed), 2));
  }

  @Test
  void asScheme_isItsOwnBaseWithoutScaling() {
    Xavier xavier = Xavier.uniform(1);

    assertThat(xavier.base()).isSameAs(xavier);
    assertThat(xavier.profile().name()).isEqualTo("none");
    assertThat(xavier.profile().factor(1, 5)).isEqualTo(DepthProfile.none().factor(1, 5));
  }

  private static float[] draw(KernelInitializer initializer, Shape shape) {
    try (GraphRun run = new GraphRun()) {
      return run.floats(initializer.call(run.tf(), shape));
    }
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double std(float[] values) {
    return Math.sqrt(covariance(values, values));
  }

  private static double correlation(float[] a, float[] b) {
    return covariance(a, b) / (std(a) * std(b));
  }

  private static double covariance(float[] a, float[] b) {
    double meanOfA = mean(a);
    double meanOfB = mean(b);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - meanOfA) * (b[i] - meanOfB);
    }
    return sum / a.length;
  }

  private static double max(float[] values) {
    double max = Double.NEGATIVE_INFINITY;
    for (float value : values) {
      max = Math.max(max, value);
    }
    return max;
  }
}
