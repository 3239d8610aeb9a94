package org.tfemergence.init.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class FansTest {
  @Test
  void of_dense_isInputsAndOutputs() {
    assertThat(Fans.of(25, 20)).isEqualTo(new Fans(25, 20));
    assertThat(Fans.of(256, 512)).isEqualTo(new Fans(256, 512));
    assertThat(Fans.of(1, 1)).isEqualTo(new Fans(1, 1));
  }

  @Test
  void of_convolution_multipliesReceptiveField() {
    assertThat(Fans.of(3, 3, 64, 128)).isEqualTo(new Fans(576, 1152));
    assertThat(Fans.of(1, 1, 64, 128)).isEqualTo(new Fans(64, 128));
    // PyTorch's (16, 8, 3, 3), laid out as TensorFlow does.
    assertThat(Fans.of(3, 3, 8, 16)).isEqualTo(new Fans(72, 144));
  }

  @Test
  void of_rankThreeAndFive_multipliesReceptiveField() {
    // PyTorch's (2, 3, 5), laid out as TensorFlow does.
    assertThat(Fans.of(5, 3, 2)).isEqualTo(new Fans(15, 10));
    assertThat(Fans.of(2, 3, 4, 5, 6)).isEqualTo(new Fans(120, 144));
  }

  @Test
  void of_beyondInt_isExact() {
    assertThat(Fans.of(1 << 20, 1 << 20, 3, 5)).isEqualTo(new Fans(3L << 40, 5L << 40));
  }

  @Test
  void of_moreThanTensorFlowCountsBytesOf_isRefused() {
    assertThat(Fans.of((1L << 61) - 1, 1)).isEqualTo(new Fans((1L << 61) - 1, 1));
    for (long[] shape :
        new long[][] {
          {1L << 61, 1},
          {1, 1L << 61},
          {1L << 31, 1L << 32}, // 2^63: below 2^64, and negative as a long
          {1L << 32, 1L << 32}, // 2^64: zero as a long
          {1L << 40, 1L << 40, 1, 1},
          {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE}
        }) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Fans.of(shape))
          .withMessage("a kernel must have less than 2^61 values, got " + Arrays.toString(shape));
    }
  }

  @Test
  void of_fewerThanTwoDimensions_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Fans.of(10))
        .withMessage("fans need a kernel of at least two dimensions, got 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Fans.of())
        .withMessage("fans need a kernel of at least two dimensions, got 0");
  }

  @Test
  void of_dimensionBelowOne_namesItAndItsValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Fans.of(3, 0, 4, 5))
        .withMessage("dimension 1 of a kernel must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Fans.of(3, -1))
        .withMessage("dimension 1 of a kernel must be at least 1, got -1");
  }
}
