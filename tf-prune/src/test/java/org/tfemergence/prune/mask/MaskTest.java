package org.tfemergence.prune.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.tfemergence.prune.mask.SparsityReport.Row;

final class MaskTest {
  @Test
  void all_anySize_keepsEverything() {
    Mask mask = Mask.all(70);

    assertThat(mask.size()).isEqualTo(70);
    assertThat(mask.kept()).isEqualTo(70);
    assertThat(mask.keeps(69)).isTrue();
  }

  @Test
  void of_bitsChangedAfterwards_staysAsItWas() {
    BitSet bits = bits(1, 3);
    Mask mask = Mask.of(5, bits);

    bits.set(0);

    assertThat(mask.kept()).isEqualTo(2);
    assertThat(mask.keeps(0)).isFalse();
    assertThat(mask.keeps(3)).isTrue();
    assertThat(mask).hasToString("Mask[2 of 5 kept]");
  }

  @Test
  void equals_sameBitsOtherSize_isAnotherMask() {
    assertThat(Mask.of(5, bits(1, 3))).isEqualTo(Mask.of(5, bits(1, 3)));
    assertThat(Mask.of(5, bits(1, 3))).hasSameHashCodeAs(Mask.of(5, bits(1, 3)));
    assertThat(Mask.of(5, bits(1, 3))).isNotEqualTo(Mask.of(6, bits(1, 3)));
    assertThat(Mask.of(5, bits(1, 3))).isNotEqualTo(Mask.of(5, bits(1)));
  }

  @Test
  void of_badArguments_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Mask.of(0, bits()))
        .withMessage("size must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Mask.of(3, bits(3)))
        .withMessage("index 3 is beyond a mask of 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Mask.all(-1))
        .withMessage("size must be at least 1, got -1");
  }

  @Test
  void keeps_noSuchWeight_throws() {
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Mask.all(3).keeps(3))
        .withMessage("index 3 of a mask of 3");
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Mask.all(3).keeps(-1));
  }

  @Test
  void report_twoTensors_addsUp() {
    SparsityReport report =
        new SparsityReport(ImmutableList.of(new Row("first", 80, 20), new Row("second", 20, 20)));

    assertThat(report.size()).isEqualTo(100);
    assertThat(report.masked()).isEqualTo(60);
    assertThat(report.rows().get(0).sparsity()).isEqualTo(0.75);
    assertThat(report.toString().lines().map(line -> line.trim().split(" +")))
        .containsExactly(
            new String[] {"weight", "size", "kept", "sparsity"},
            new String[] {"first", "80", "20", "75.00%"},
            new String[] {"second", "20", "20", "0.00%"},
            new String[] {"total", "100", "40", "60.00%"});
  }

  @Test
  void report_noTensor_isOnlyAHeading() {
    assertThat(new SparsityReport(ImmutableList.of()).toString().lines()).hasSize(1);
  }

  @Test
  void row_ofOneWeightOrOfNone_isTaken() {
    assertThat(new Row("w", 1, 1).sparsity()).isZero();
    assertThat(new Row("w", 3, 0).sparsity()).isEqualTo(1);
  }

  @Test
  void row_keptOutOfRange_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Row("w", 3, 4))
        .withMessage("weight 'w': kept must be in [0, 3], got 4");
    assertThatIllegalArgumentException().isThrownBy(() -> new Row("w", 3, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Row("w", 0, 0));
  }

  private static BitSet bits(int... indices) {
    BitSet bits = new BitSet();
    for (int index : indices) {
      bits.set(index);
    }
    return bits;
  }
}
