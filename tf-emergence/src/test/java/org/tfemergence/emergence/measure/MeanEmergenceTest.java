package org.tfemergence.emergence.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MeanEmergenceTest {
  @Test
  void log10_ofSeveral_isOfTheirMean() {
    assertThat(of(1, 2, 6).log10()).isCloseTo(Math.log10(3), within(1e-15));
    assertThat(of(1, 0).log10()).isCloseTo(Math.log10(0.5), within(1e-15));
    assertThat(of(0).examples()).isEqualTo(1);
    assertThat(of(0, 0).log10()).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void log10_beyondADouble_isExact() {
    MeanEmergence mean = new MeanEmergence(BigInteger.TEN.pow(5000), 1000);

    assertThat(mean.log10()).isCloseTo(4997, within(1e-11));
  }

  @Test
  void create_numberOutOfRange_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MeanEmergence.of(List.of()))
        .withMessage("examples must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MeanEmergence(BigInteger.valueOf(-1), 1))
        .withMessage("emergence must not be negative, got -1");
  }

  private static MeanEmergence of(long... paths) {
    return MeanEmergence.of(
        Arrays.stream(paths).mapToObj(each -> new Emergence(BigInteger.valueOf(each))).toList());
  }
}
