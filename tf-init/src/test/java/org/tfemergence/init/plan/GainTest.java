package org.tfemergence.init.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The values are those of PyTorch's {@code calculate_gain}. */
final class GainTest {
  @Test
  void table_isPyTorchs() {
    assertThat(Gain.linear().value()).isEqualTo(1);
    assertThat(Gain.relu().value()).isCloseTo(1.4142135623730951, within(1e-15));
    assertThat(Gain.tanh().value()).isCloseTo(1.6666666666666667, within(1e-15));
    assertThat(Gain.selu().value()).isEqualTo(0.75);
    assertThat(Gain.leakyRelu(0.01).value()).isCloseTo(1.4141428569978354, within(1e-15));
  }

  @Test
  void leakyRelu_slopeZeroAndOne_areRectifierAndNone() {
    assertThat(Gain.leakyRelu(0)).isEqualTo(Gain.relu());
    assertThat(Gain.leakyRelu(1)).isEqualTo(Gain.linear());
    assertThat(Gain.leakyRelu(-0.5)).isEqualTo(Gain.leakyRelu(0.5));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void gain_notFiniteAndPositive_isRefusedWithItsValue(double value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Gain(value))
        .withMessage("gain must be finite and positive, got " + value);
  }

  @Test
  void leakyRelu_slopeNaN_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Gain.leakyRelu(Double.NaN));
  }
}
