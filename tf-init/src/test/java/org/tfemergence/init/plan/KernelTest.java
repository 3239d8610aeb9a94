package org.tfemergence.init.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KernelTest {
  @Test
  void of_convolution_hasShapeAndFans() {
    Kernel kernel = Kernel.of("conv/kernel", 2, 3, 3, 64, 128);

    assertThat(kernel.shape()).containsExactly(3L, 3L, 64L, 128L);
    assertThat(kernel.fans()).isEqualTo(new Fans(576, 1152));
  }

  @Test
  void of_rankBelowOne_namesKernelAndValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Kernel.of("a/kernel", 0, 2, 3))
        .withMessage("kernel 'a/kernel': rank must be at least 1, got 0");
  }

  @Test
  void of_shapeOfBias_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Kernel.of("a/bias", 1, 3))
        .withMessageContaining("at least two dimensions");
  }

  @Test
  void withGain_changesTheGainAlone() {
    Kernel kernel = Kernel.of("a/kernel", 2, 3, 4);

    assertThat(kernel.gain()).isEqualTo(1);
    assertThat(kernel.withGain(0.5)).isEqualTo(new Kernel("a/kernel", 2, kernel.shape(), 0.5));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void withGain_notFiniteAndPositive_isRefusedWithItsValue(double gain) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Kernel.of("a/kernel", 1, 2, 3).withGain(gain))
        .withMessage("kernel 'a/kernel': gain must be finite and positive, got " + gain);
  }
}
