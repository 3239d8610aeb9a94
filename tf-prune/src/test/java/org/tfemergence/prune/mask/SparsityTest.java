package org.tfemergence.prune.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SparsityTest {
  /* What TensorFlow's model optimization toolkit keeps (tfmot.sparsity, run by hand), and 15 at 0.9,
   * which in binary arithmetic comes out as 1. */
  @ParameterizedTest
  @CsvSource({
    "5, 0.5, 2",
    "7, 0.5, 4",
    "3, 0.5, 2",
    "10, 0.25, 8",
    "10, 0.35, 6",
    "10, 0.45, 6",
    "1, 0.5, 1",
    "2, 0.75, 1",
    "100, 0.9999, 1",
    "15, 0.9, 2",
    "10, 0.200000018, 8",
    "100, 0.5, 50"
  })
  void kept_requestOfThePeers_isTheirs(long n, double sparsity, long kept) {
    assertThat(Sparsity.kept(n, sparsity)).isEqualTo(kept);
  }

  @ParameterizedTest
  @CsvSource({"10, 7", "100, 70", "1000, 700", "16, 11", "64, 45"})
  void kept_sumOfTenths_isThatOfThreeTenths(long n, long kept) {
    assertThat(Sparsity.kept(n, 0.1 + 0.2)).isEqualTo(kept);
    assertThat(Sparsity.kept(n, 0.3)).isEqualTo(kept);
  }

  @Test
  void kept_wholePercents_equalsIntegerArithmetic() {
    for (long n = 1; n <= 400; n++) {
      for (int percent = 0; percent < 100; percent++) {
        long hundredths = n * (100 - percent);
        long whole = hundredths / 100;
        long rest = hundredths % 100;
        boolean up = rest > 50 || (rest == 50 && whole % 2 == 1);

        assertThat(Sparsity.kept(n, percent / 100.0))
            .as("%d weights at %d%%", n, percent)
            .isEqualTo(Math.max(1, whole + (up ? 1 : 0)));
      }
    }
  }

  @Test
  void kept_risingSparsity_neverRises() {
    Random random = new Random(21);
    for (int round = 0; round < 5_000; round++) {
      long n = 1L + random.nextInt(2_000);
      double low = random.nextDouble();
      double high = low + random.nextDouble() * (1 - low) * 0.999;

      assertThat(Sparsity.kept(n, high)).isBetween(1L, Sparsity.kept(n, low));
    }
  }

  @Test
  void kept_extremes_stayInRange() {
    assertThat(Sparsity.kept(Long.MAX_VALUE, 0)).isEqualTo(Long.MAX_VALUE);
    assertThat(Sparsity.kept(Long.MAX_VALUE, -0.0)).isEqualTo(Long.MAX_VALUE);
    assertThat(Sparsity.kept(7, Double.MIN_VALUE)).isEqualTo(7);
    assertThat(Sparsity.kept(7, Math.nextDown(1.0))).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.001, -1, -10, 1, 1.2, 10, Double.NaN, Double.POSITIVE_INFINITY})
  void check_outOfRange_isRefused(double sparsity) {
    String message = "sparsity must be in [0, 1), got " + sparsity;

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sparsity.check(sparsity))
        .withMessage(message);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sparsity.kept(5, sparsity))
        .withMessage(message);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.001, 0.5, 0.99})
  void check_inRange_returnsIt(double sparsity) {
    assertThat(Sparsity.check(sparsity)).isEqualTo(sparsity);
  }

  @Test
  void keptOfTensors_byAllocation_isOfEachOrOfAllTogether() {
    // 0.5 of 5 and of 6, rounded half to even, and of their sum.
    assertThat(Allocation.PER_TENSOR.kept(List.of(5L, 6L), 0.5)).containsExactly(2, 3);
    assertThat(Allocation.GLOBAL.kept(List.of(5L, 6L), 0.5)).containsExactly(6);
    assertThat(Allocation.GLOBAL.kept(List.of(1L << 31, 1L << 31), 0.75)).containsExactly(1 << 30);
  }

  @Test
  void kept_noWeight_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sparsity.kept(0, 0.5))
        .withMessage("n must be at least 1, got 0");
  }
}
