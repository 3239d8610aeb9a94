package org.tfemergence.examples.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

final class ImageSetTest {
  @Test
  void size_countsLabels() {
    assertThat(new ImageSet(1, 2, 3, new byte[4], new byte[2]).size()).isEqualTo(2);
    assertThat(new ImageSet(1, 2, 3, new byte[0], new byte[0]).size()).isZero();
  }

  @Test
  void equals_comparesContents() {
    ImageSet set = new ImageSet(1, 1, 3, Idx.bytes(4, 5), Idx.bytes(0, 2));

    assertThat(set)
        .isEqualTo(new ImageSet(1, 1, 3, Idx.bytes(4, 5), Idx.bytes(0, 2)))
        .hasSameHashCodeAs(new ImageSet(1, 1, 3, Idx.bytes(4, 5), Idx.bytes(0, 2)))
        .isNotEqualTo(new ImageSet(1, 1, 3, Idx.bytes(4, 6), Idx.bytes(0, 2)))
        .isNotEqualTo(new ImageSet(1, 1, 3, Idx.bytes(4, 5), Idx.bytes(1, 2)))
        .isNotEqualTo(new ImageSet(1, 1, 4, Idx.bytes(4, 5), Idx.bytes(0, 2)))
        .hasToString("ImageSet[2 images of 1 x 1 in 3 classes]");
  }

  @Test
  void new_pixelsDoNotFit_saysBothCounts() {
    for (int length : new int[] {0, 11, 13, 18, 24}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new ImageSet(2, 3, 10, new byte[length], new byte[2]))
          .withMessage("pixels must hold 2 x 2 x 3 bytes (labels x rows x columns), got " + length);
    }
  }

  /** Three pixels for each label, which are neither rows of two nor images of four. */
  @Test
  void new_pixelsAreNoWholeRows_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageSet(2, 2, 10, new byte[6], new byte[1]))
        .withMessage("pixels must hold 1 x 2 x 2 bytes (labels x rows x columns), got 6");
  }

  @Test
  void new_firstLabelJustOutOfRange_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageSet(1, 1, 10, new byte[2], Idx.bytes(10, 0)))
        .withMessage("labels[0] must be in [0, 10), got 10");
    assertThat(new ImageSet(1, 1, 1, new byte[1], Idx.bytes(0)).classes()).isEqualTo(1);
  }

  @Test
  void new_labelOutOfRange_saysIndexAndValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageSet(1, 1, 10, new byte[3], Idx.bytes(9, 200, 1)))
        .withMessage("labels[1] must be in [0, 10), got 200");
  }

  @Test
  void new_sizeOrClassesOutOfRange_saysValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageSet(0, 28, 10, new byte[0], new byte[0]))
        .withMessage("rows and columns must be at least 1, got 0 x 28");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ImageSet(1, 1, 257, new byte[0], new byte[0]))
        .withMessage("classes must be in [1, 256], got 257");
  }

  @Test
  void imageData_setsDisagree_saysBoth() {
    ImageSet other = new ImageSet(3, 2, 2, new byte[6], new byte[1]);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageSets.of("Tiny", Idx.TRAIN, other, ""))
        .withMessageContainingAll("Tiny", "2 images of 2 x 3", "1 images of 3 x 2");
  }

  @Test
  void imageData_checksum_isOfPixelsAndLabelsInOrder() {
    ImageSet train = new ImageSet(1, 1, 256, Idx.bytes('a'), Idx.bytes('b'));
    ImageSet test = new ImageSet(1, 1, 256, Idx.bytes('c'), Idx.bytes('d'));

    assertThat(ImageSets.of("letters", train, test, "").sha256())
        .isEqualTo("88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589"); // "abcd"
  }
}
