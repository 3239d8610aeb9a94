package org.tfemergence.init.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DepthProfileTest {
  @Test
  void factor_beyondFloat32_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DepthProfile.geometric(1e10).factor(1, 8))
        .withMessageContaining("factor of layer 1 of 8 must be a normal float32, got 1.0");
  }

  @Test
  void factor_atTheEndsOfFloat32_isTaken() {
    DepthProfile largest = new DepthProfile("one", Float.MAX_VALUE, (rank, depth) -> 1);
    DepthProfile smallest = new DepthProfile("one", Float.MIN_NORMAL, (rank, depth) -> 1);

    assertThat(largest.factor(1, 1)).isEqualTo(Float.MAX_VALUE);
    assertThat(smallest.factor(1, 1)).isEqualTo(Float.MIN_NORMAL);
  }

  @Test
  void geometric_evenDepth_hasNoUnscaledLayer() {
    assertThat(exponents(DepthProfile.geometric(3), 2)).containsExactly(-1, 1);
    assertThat(exponents(DepthProfile.geometric(3), 4)).containsExactly(-2, -1, 1, 2);
    assertThat(exponents(DepthProfile.geometric(3), 6)).containsExactly(-3, -2, -1, 1, 2, 3);
  }

  @Test
  void geometric_oddDepth_leavesMiddle() {
    assertThat(exponents(DepthProfile.geometric(3), 1)).containsExactly(0);
    assertThat(exponents(DepthProfile.geometric(3), 3)).containsExactly(-1, 0, 1);
    assertThat(exponents(DepthProfile.geometric(3), 5)).containsExactly(-2, -1, 0, 1, 2);
    assertThat(exponents(DepthProfile.geometric(3), 7)).containsExactly(-3, -2, -1, 0, 1, 2, 3);
  }

  @Test
  void constant_anyDepth_hasExponentsOfOne() {
    assertThat(exponents(DepthProfile.constant(3), 1)).containsExactly(0);
    assertThat(exponents(DepthProfile.constant(3), 2)).containsExactly(-1, 1);
    assertThat(exponents(DepthProfile.constant(3), 5)).containsExactly(-1, -1, 0, 1, 1);
    assertThat(exponents(DepthProfile.constant(3), 6)).containsExactly(-1, -1, -1, 1, 1, 1);
  }

  @Test
  void factor_ofAlphaTwo_isPowerOfTwo() {
    DepthProfile geometric = DepthProfile.geometric(2);
    assertThat(factors(geometric, 5)).containsExactly(0.25, 0.5, 1, 2, 4);
    assertThat(factors(DepthProfile.constant(5), 4)).containsExactly(0.2, 0.2, 5, 5);
  }

  @Test
  void none_anyDepth_isOne() {
    assertThat(factors(DepthProfile.none(), 7)).containsOnly(1);
    assertThat(exponents(DepthProfile.none(), 7)).containsOnly(0);
  }

  @Test
  void alphaOne_anyForm_isOne() {
    assertThat(factors(DepthProfile.geometric(1), 6)).containsOnly(1);
    assertThat(factors(DepthProfile.constant(1), 6)).containsOnly(1);
  }

  @Test
  void factors_ofReadyProfiles_multiplyToOne() {
    for (int depth = 1; depth <= 40; depth++) {
      for (double alpha : new double[] {0.5, 1.1, 2, 7}) {
        assertThat(product(DepthProfile.geometric(alpha), depth)).isCloseTo(1, within(1e-9));
        assertThat(product(DepthProfile.constant(alpha), depth)).isCloseTo(1, within(1e-9));
      }
    }
  }

  @Test
  void custom_exponents_areTakenAsTheyAre() {
    DepthProfile late = new DepthProfile("late", 4, (rank, depth) -> rank == depth ? 0.5 : -rank);

    assertThat(factors(late, 3)).containsExactly(0.25, 0.0625, 2);
    assertThat(late).hasToString("late, alpha 4.0");
  }

  @Test
  void toString_ofReadyProfiles_saysFormAndAlpha() {
    assertThat(DepthProfile.geometric(1.5)).hasToString("geometric, alpha 1.5");
    assertThat(DepthProfile.constant(2)).hasToString("constant, alpha 2.0");
    assertThat(DepthProfile.none()).hasToString("none");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -2, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void alpha_notFiniteAndPositive_isRefusedWithItsValue(double alpha) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DepthProfile.geometric(alpha))
        .withMessage("alpha must be finite and positive, got " + alpha);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DepthProfile.constant(alpha))
        .withMessage("alpha must be finite and positive, got " + alpha);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 4})
  void rank_outsideDepth_isRefusedWithItsValue(int rank) {
    DepthProfile profile = DepthProfile.geometric(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> profile.exponent(rank, 3))
        .withMessage("rank must be in [1, 3], got " + rank);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> profile.factor(rank, 3))
        .withMessage("rank must be in [1, 3], got " + rank);
  }

  /** 2^127 and 2^-126 are float32's greatest and least normal powers of two. */
  @Test
  void factor_beyondFloat32_isRefusedWithItsValue() {
    DepthProfile at = new DepthProfile("at", 2, (rank, depth) -> rank == 1 ? -126 : 127);
    assertThat(factors(at, 2)).containsExactly(0x1p-126, 0x1p127);

    DepthProfile beyond = new DepthProfile("beyond", 2, (rank, depth) -> rank == 1 ? -127 : 128);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> beyond.factor(1, 2))
        .withMessage(
            "factor of layer 1 of 2 must be a normal float32, got "
                + 0x1p-127
                + " by profile 'beyond, alpha 2.0'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> beyond.factor(2, 2))
        .withMessage(
            "factor of layer 2 of 2 must be a normal float32, got "
                + 0x1p128
                + " by profile 'beyond, alpha 2.0'");
  }

  private static double[] exponents(DepthProfile profile, int depth) {
    return IntStream.rangeClosed(1, depth).mapToDouble(i -> profile.exponent(i, depth)).toArray();
  }

  private static double[] factors(DepthProfile profile, int depth) {
    return IntStream.rangeClosed(1, depth).mapToDouble(i -> profile.factor(i, depth)).toArray();
  }

  private static double product(DepthProfile profile, int depth) {
    double product = 1;
    for (double factor : factors(profile, depth)) {
      product *= factor;
    }
    return product;
  }
}
