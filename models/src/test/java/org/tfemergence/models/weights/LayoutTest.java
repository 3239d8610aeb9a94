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

  /** Multiples of a channel stand together in both: ours is theirs, and so is a reshape of it. */
  @Test
  void kerasDepthwise_isAReshape() {
    Layout layout = Layout.kerasDepthwise(2);
    assertThat(layout.expected(Shape.of(2, 3, 1, 8))).contains(Shape.of(2, 3, 4, 2));
    assertThat(layout.expected(Shape.of(2, 3, 1, 9))).isEmpty();
    assertThat(layout.expected(Shape.of(2, 3, 2, 8))).isEmpty();
    assertThat(layout.convert(counting(48), Shape.of(2, 3, 4, 2))).isEqualTo(counting(48));
  }

  @Test
  void torchPacked_takesItsPartAndTransposesIt() {
    int inputs = 3;
    int units = 2;
    for (int part = 0; part < 3; part++) {
      Layout layout = Layout.torchPacked(part, 3);
      Shape theirs = Shape.of(3L * units, inputs);
      assertThat(layout.expected(Shape.of(inputs, units))).contains(theirs);
      float[] ours = layout.convert(counting(18), theirs);
      assertThat(ours).hasSize(inputs * units);
      for (int i = 0; i < inputs; i++) {
        for (int u = 0; u < units; u++) {
          assertThat(ours[i * units + u]).isEqualTo((part * units + u) * inputs + i);
        }
      }
      assertThat(layout.expected(Shape.of(units))).contains(Shape.of(3L * units));
      assertThat(layout.convert(counting(6), Shape.of(6)))
          .containsExactly(part * units, part * units + 1);
    }
    assertThat(Layout.torchPacked(0, 3).expected(Shape.scalar())).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Layout.torchPacked(3, 3))
        .withMessage("part must be in [0, 3), got 3");
  }

  @Test
  void kerasHeads_areReshapes() {
    assertThat(Layout.kerasToHeads(2).expected(Shape.of(5, 6))).contains(Shape.of(5, 2, 3));
    assertThat(Layout.kerasToHeads(2).expected(Shape.of(6))).contains(Shape.of(2, 3));
    assertThat(Layout.kerasToHeads(4).expected(Shape.of(6))).isEmpty();
    assertThat(Layout.kerasFromHeads(2).expected(Shape.of(6, 5))).contains(Shape.of(2, 3, 5));
    assertThat(Layout.kerasFromHeads(2).expected(Shape.of(7, 5))).isEmpty();
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
        .withMessage("height must be at least 1, got 0");
  }

  private static float[] counting(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i;
    }
    return values;
  }
}
