package org.tfemergence.models.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each variation against its definition, pixel by pixel, for every outcome it can have. */
final class AugmentationTest {
  private static final ImageShape SIZE = new ImageShape(5, 4, 2);
  private static final float[] IMAGE = new float[SIZE.values()];

  static {
    for (int i = 0; i < IMAGE.length; i++) {
      IMAGE[i] = i + 1;
    }
  }

  /** The value at a pixel, zero outside of the image. */
  private static float at(float[] image, int row, int column, int channel) {
    return row < 0 || row >= 5 || column < 0 || column >= 4
        ? 0
        : image[(row * 4 + column) * 2 + channel];
  }

  private interface Pixel {
    float value(int row, int column, int channel);
  }

  private static List<Float> image(Pixel pixel) {
    float[] values = new float[SIZE.values()];
    for (int i = 0; i < values.length; i++) {
      values[i] = pixel.value(i / 8, i / 2 % 4, i % 2);
    }
    return list(values);
  }

  private static List<Float> list(float[] values) {
    return IntStream.range(0, values.length).mapToObj(i -> values[i]).toList();
  }

  private static Set<List<Float>> outcomes(Augmentation augmentation, int draws) {
    Set<List<Float>> found = new HashSet<>();
    SplittableRandom random = new SplittableRandom(1);
    float[] before = IMAGE.clone();
    for (int i = 0; i < draws; i++) {
      found.add(list(augmentation.apply(IMAGE, SIZE, random)));
    }
    assertThat(IMAGE).isEqualTo(before);
    return found;
  }

  @Test
  void randomCrop_isEveryShiftWithZerosAround() {
    for (int padding : new int[] {1, 2, 6}) {
      Set<List<Float>> expected = new HashSet<>();
      for (int down = -padding; down <= padding; down++) {
        for (int right = -padding; right <= padding; right++) {
          int r = right;
          int d = down;
          expected.add(image((row, column, channel) -> at(IMAGE, row + d, column + r, channel)));
        }
      }
      assertThat(outcomes(new RandomCrop(padding), 5_000)).isEqualTo(expected);
    }
  }

  @Test
  void horizontalFlip_isTheImageOrItsMirror() {
    assertThat(outcomes(new HorizontalFlip(), 100))
        .containsExactlyInAnyOrder(
            list(IMAGE), image((row, column, channel) -> at(IMAGE, row, 3 - column, channel)));
  }

  @Test
  void cutout_isEverySquareOfZeros() {
    for (int side : new int[] {1, 2, 3, 9}) {
      Set<List<Float>> expected = new HashSet<>();
      for (int y = 0; y < 5; y++) {
        for (int x = 0; x < 4; x++) {
          int top = y - side / 2;
          int left = x - side / 2;
          expected.add(
              image(
                  (row, column, channel) ->
                      row >= top && row < top + side && column >= left && column < left + side
                          ? 0
                          : at(IMAGE, row, column, channel)));
        }
      }
      assertThat(outcomes(new Cutout(side), 2_000)).isEqualTo(expected);
    }
  }

  @Test
  void numbers_outOfRange_areRefusedWithTheirValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RandomCrop(0))
        .withMessage("padding must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Cutout(0))
        .withMessage("side must be at least 1, got 0");
    assertThat(new ImageShape(1, 1, 1).values()).isEqualTo(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageShape(0, 1, 1))
        .withMessage("image must be at least 1 x 1 x 1, got 0 x 1 x 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageShape(1, 0, 1))
        .withMessage("image must be at least 1 x 1 x 1, got 1 x 0 x 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageShape(1, 1, 0))
        .withMessage("image must be at least 1 x 1 x 1, got 1 x 1 x 0");
    assertThat(SIZE).hasToString("5x4x2");
  }
}
