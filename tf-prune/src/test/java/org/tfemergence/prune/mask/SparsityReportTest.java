package org.tfemergence.prune.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

final class SparsityReportTest {
  private static final SparsityReport REPORT =
      new SparsityReport(
          ImmutableList.of(new SparsityReport.Row("a", 12, 3), new SparsityReport.Row("b", 8, 8)));

  @Test
  void remaining_isWithoutWhatIsMasked() {
    assertThat(REPORT.remaining(27)).isEqualTo(27 - 9);
    assertThat(REPORT.remaining(20)).isEqualTo(3 + 8);
  }

  @Test
  void remaining_lessParametersThanWeights_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> REPORT.remaining(19))
        .withMessage("parameters must be at least the 20 of the tensors, got 19");
  }
}
