package org.tfemergence.emergence.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WindowTest {
  @Test
  void valid_anySize_hasNoPadding() {
    assertThat(Window.valid(3, 2)).isEqualTo(new Window(3, 3, 2, 2, 0, 0));
  }

  @Test
  void same_allSmallCases_splitsThePaddingWithTheOddOneBehind() {
    for (int size = 1; size <= 6; size++) {
      for (int stride = 1; stride <= 4; stride++) {
        for (int input = 1; input <= 12; input++) {
          int before = Window.same(size, stride, input, 1).top();

          // Windows at 0, stride, ... below the input: the last must end at or behind the input.
          int last = 0;
          while (last + stride < input) {
            last += stride;
          }
          int padding = Math.max(0, last + size - input);
          int after = padding - before;
          assertThat(after - before)
              .as("size %d, stride %d, input %d", size, stride, input)
              .isBetween(0, 1);
        }
      }
    }
  }

  @Test
  void same_inputNotSquare_padsRowsAndColumnsApart() {
    // Windows at 0, 2, 4 end before 7: two of 5 rows are missing, one of 6 columns.
    assertThat(Window.same(3, 2, 5, 6)).isEqualTo(new Window(3, 3, 2, 2, 1, 0));
    assertThat(Window.same(3, 2, 6, 5)).isEqualTo(new Window(3, 3, 2, 2, 0, 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0 | 3 | 1 | 1 |  0 |  0 | window must be at least 1 x 1, got 0 x 3
          3 | 0 | 1 | 1 |  0 |  0 | window must be at least 1 x 1, got 3 x 0
          1 | 1 | 0 | 2 |  0 |  0 | stride must be at least 1 x 1, got 0 x 2
          1 | 1 | 2 | 0 |  0 |  0 | stride must be at least 1 x 1, got 2 x 0
          1 | 1 | 1 | 1 | -1 |  0 | padding must not be negative, got top -1, left 0
          1 | 1 | 1 | 1 |  0 | -2 | padding must not be negative, got top 0, left -2
          """)
  void create_numberOutOfRange_isRefused(
      int height, int width, int strideHeight, int strideWidth, int top, int left, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Window(height, width, strideHeight, strideWidth, top, left))
        .withMessage(message);
  }

  @Test
  void all_anyMap_isItsOnlyWindow() {
    assertThat(Window.all(7, 5)).isEqualTo(new Window(7, 5, 1, 1, 0, 0));
    assertThat(Window.all(9, 1)).isEqualTo(new Window(9, 1, 1, 1, 0, 0));
  }

  @Test
  void all_noRowOrColumn_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Window.all(0, 4))
        .withMessage("window must be at least 1 x 1, got 0 x 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Window.all(4, -1))
        .withMessage("window must be at least 1 x 1, got 4 x -1");
  }

  @Test
  void same_strideOrSizeOutOfRange_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Window.same(3, 0, 5, 5))
        .withMessage("stride must be at least 1 x 1, got 0 x 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Window.same(0, 1, 5, 5))
        .withMessage("window must be at least 1 x 1, got 0 x 0");
  }
}
