package org.tfemergence.models.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

/** Each element must stand where the layouts' definitions put it. */
final class LayoutTest {
  @Test
  void asIs_movesNothing() {
    float[] values = {1, 2, 3, 4, 5, 6};
    assertThat(Layout.AS_IS.expected(Shape.of(2, 3))).contains(Shape.of(2, 3));
    assertThat(Layout.AS_IS.convert(values, Shape.of(2, 3))).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(Layout.AS_IS.expected(Shape.scalar())).contains(Shape.scalar());
  }

  @Test
  void torchLinear_isTransposed() {
    int inputs = 3;
    int units = 4;
    Shape theirs = Shape.of(units, inputs);
    assertThat(Layout.TORCH_LINEAR.expected(Shape.of(inputs, units))).contains(theirs);
    float[] ours = Layout.TORCH_LINEAR.convert(counting(12), theirs);
    for (int i = 0; i < inputs; i++) {
      for (int u = 0; u < units; u++) {
        assertThat(ours[i * units + u]).isEqualTo(u * inputs + i);
      }
    }
  }

  @Test
  void torchConvolution_isHeightWidthInputsOutputs() {
    int h = 2;
    int w = 3;
    int in = 4;
    int out = 5;
    Shape theirs = Shape.of(out, in, h, w);
    assertThat(Layout.TORCH_CONVOLUTION.expected(Shape.of(h, w, in, out))).contains(theirs);
    float[] ours = Layout.TORCH_CONVOLUTION.convert(counting(h * w * in * out), theirs);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        for (int i = 0; i < in; i++) {
          for (int o = 0; o < out; o++) {
            assertThat(ours[((y * w + x) * in + i) * out + o])
                .isEqualTo(((o * in + i) * h + y) * w + x);
          }
        }
      }
    }
  }

  @Test
  void torchDepthwise_hasTheMultiplesOfAChannelTogether() {
    int h = 2;
    int w = 3;
    int channels = 4;
    int multiplier = 2;
    Shape theirs = Shape.of((long) channels * multiplier, 1, h, w);
    assertThat(Layout.TORCH_DEPTHWISE.expected(Shape.of(h, w, channels, multiplier)))
        .contains(theirs);
    float[] ours = Layout.TORCH_DEPTHWISE.convert(counting(48), theirs);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        for (int c = 0; c < channels; c++) {
          for (int m = 0; m < multiplier; m++) {
            assertThat(ours[((y * w + x) * channels + c) * multiplier + m])
                .isEqualTo(((c * multiplier + m) * h + y) * w + x);
          }
        }
      }
    }
  }

  @Test
  void torchLinearOnImages_takesChannelsFirst() {
    int c = 2;
    int h = 3;
    int w = 4;
    int units = 5;
    Layout layout = Layout.torchLinearOnImages(c, h, w);
    Shape theirs = Shape.of(units, (long) c * h * w);
    assertThat(layout.expected(Shape.of((long) c * h * w, units))).contains(theirs);
    assertThat(layout.expected(Shape.of(23, units))).isEmpty();
    float[] ours = layout.convert(counting(c * h * w * units), theirs);
    for (int u = 0; u < units; u++) {
      for (int channel = 0; channel < c; channel++) {
        for (int y = 0; y < h; y++) {
          for (int x = 0; x < w; x++) {
            assertThat(ours[((y * w + x) * c + channel) * units + u])
                .isEqualTo(u * c * h * w + (channel * h + y) * w + x);
          }
        }
      }
    }
  }

  @Test
  void expected_otherRank_isNone() {
    assertThat(Layout.TORCH_LINEAR.expected(Shape.of(3))).isEmpty();
    assertThat(Layout.TORCH_CONVOLUTION.expected(Shape.of(3, 3))).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Layout.torchLinearOnImages(1, 0, 2))
        .withMessageContaining("1, 0 and 2");
  }

  private static float[] counting(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i;
    }
    return values;
  }
}
