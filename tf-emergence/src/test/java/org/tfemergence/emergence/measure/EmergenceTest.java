package org.tfemergence.emergence.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class EmergenceTest {
  @Property(tries = 500)
  void log10_anyInteger_agreesWithItsDigits(
      @ForAll @IntRange(min = 1, max = 20_000) int bits, @ForAll long seed) {
    BigInteger paths = new BigInteger(bits, new Random(seed)).setBit(bits - 1);

    assertThat(new Emergence(paths).log10()).isCloseTo(digits(paths), close(digits(paths)));
  }

  @Property(tries = 200)
  void log10_powersOfTen_areTheirExponents(@ForAll @IntRange(min = 0, max = 5_000) int exponent) {
    Emergence power = new Emergence(BigInteger.TEN.pow(exponent));

    assertThat(power.log10()).isCloseTo(exponent, close(exponent));
  }

  @Test
  void log10_aroundTheShift_staysMonotone() {
    double before = 0;
    for (int bits = 990; bits < 1_100; bits++) {
      double now = new Emergence(BigInteger.ONE.shiftLeft(bits)).log10();

      assertThat(now).isGreaterThan(before);
      before = now;
    }
  }

  @Test
  void log10_zero_isNegativeInfinity() {
    Emergence none = new Emergence(BigInteger.ZERO);

    assertThat(none.log10()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(none.log10Relative(7)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(none.value()).isZero();
  }

  @Property(tries = 200)
  void log10Relative_anyParameters_isTheLogarithmOfTheQuotient(
      @ForAll @LongRange(min = 1, max = 1L << 52) long paths,
      @ForAll @LongRange(min = 1, max = 1L << 40) long parameters) {
    Emergence emergence = new Emergence(BigInteger.valueOf(paths));

    assertThat(emergence.log10Relative(parameters))
        .isCloseTo(Math.log10((double) paths / (double) parameters), within(1e-13));
  }

  @Test
  void value_beyondDouble_isInfinite() {
    assertThat(new Emergence(BigInteger.TEN.pow(308)).value()).isEqualTo(1e308);
    assertThat(new Emergence(BigInteger.TEN.pow(309)).value()).isInfinite();
  }

  @Test
  void create_negative_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Emergence(BigInteger.valueOf(-2)))
        .withMessage("emergence must not be negative, got -2");
  }

  @Test
  void log10Relative_noParameter_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Emergence(BigInteger.ONE).log10Relative(0))
        .withMessage("parameters must be at least 1, got 0");
  }

  /** The logarithm from the decimal digits: their number, and the first of them. */
  static double digits(BigInteger paths) {
    String digits = paths.toString();
    String first = digits.substring(0, Math.min(25, digits.length()));
    return digits.length()
        - 1
        + Math.log10(Double.parseDouble(first.charAt(0) + "." + first.substring(1)));
  }

  private static org.assertj.core.data.Offset<Double> close(double expected) {
    return within(1e-12 * Math.max(1, Math.abs(expected)));
  }
}
