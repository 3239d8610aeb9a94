package org.tfemergence.init.initializer;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.FormatLocale;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.plan.DepthProfile;
import org.tfemergence.init.plan.Kernel;

/** What no initializer takes, whatever it draws. */
@SuppressWarnings("try") // a locale that is set is not otherwise referenced
final class LimitsTest {
  static List<KernelInitializer> all() {
    Kernel kernel = Kernel.of("k", 1, 2, 3);
    return List.of(
        Kaiming.normal(1),
        Kaiming.uniform(1),
        Xavier.normal(1),
        Xavier.uniform(1),
        LeCun.normal(1),
        LeCun.uniform(1),
        Orthogonal.of(1),
        new Dirac(1),
        new EmergencePromoting(Xavier.normal(1), DepthProfile.geometric(2)).initializer(kernel, 4));
  }

  @ParameterizedTest
  @MethodSource("all")
  void kernel_ofMoreThanTensorFlowHolds_isRefused(KernelInitializer initializer) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      for (Shape shape :
          List.of(
              Shape.of(1L << 31, 1L << 30),
              Shape.of(1L << 31, 1L << 32),
              Shape.of(1L << 32, 1L << 32),
              Shape.of(1L << 40, 1L << 40, 3, 3))) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> initializer.call(tf, shape))
            .withMessageContaining("less than 2^61 values");
        assertThatIllegalArgumentException()
            .isThrownBy(() -> initializer.standardDeviation(shape))
            .withMessageContaining("less than 2^61 values");
        assertThatIllegalArgumentException()
            .isThrownBy(() -> initializer.call(tf, tf.constant(shape.asArray()), TFloat32.class))
            .withMessageContaining("less than 2^61 values");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void kernel_inALocaleWithItsOwnDigits_isRefused(KernelInitializer initializer) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      try (FormatLocale locale = new FormatLocale("ar-EG")) {
        assertThatIllegalStateException()
            .isThrownBy(() -> initializer.call(tf, Shape.of(2, 3)))
            .withMessageContainingAll("ar-EG", "Locale.setDefault(Locale.Category.FORMAT");
      }
    }
  }
}
