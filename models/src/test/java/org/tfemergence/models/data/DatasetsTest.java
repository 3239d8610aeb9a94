package org.tfemergence.models.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.models.augment.Cutout;
import org.tfemergence.models.augment.HorizontalFlip;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.augment.RandomCrop;

final class DatasetsTest {
  private static final ImageShape SIZE = new ImageShape(2, 3, 2);
  private static final byte[] PIXELS = new byte[4 * 12];
  private static final int[] LABELS = {0, 1, 2, 1};

  static {
    for (int i = 0; i < PIXELS.length; i++) {
      PIXELS[i] = (byte) (i * 37);
    }
  }

  private static float[] floats(Batch batch) {
    return ((HostArray.Floats) batch.inputs().get(0)).values();
  }

  @Test
  void images_areNormalizedByChannel() {
    ImageData images =
        ImageData.of(PIXELS, SIZE, LABELS, 3)
            .withScaling(new PixelScaling(ImmutableList.of(0.5, 0.1), ImmutableList.of(2.0, 0.25)));
    Batch batch = images.gather(new int[] {3, 1});

    assertThat(batch.inputs().get(0).shape()).isEqualTo(Shape.of(2, 2, 3, 2));
    assertThat(batch.labels().values()).containsExactly(1, 1);
    int[] starts = {36, 12};
    for (int i = 0; i < 24; i++) {
      double value = (PIXELS[starts[i / 12] + i % 12] & 0xff) / 255.0;
      double expected = i % 2 == 0 ? (value - 0.5) / 2 : (value - 0.1) / 0.25;
      assertThat((double) floats(batch)[i]).isCloseTo(expected, within(1e-6));
    }
  }

  /** What becomes of an image depends on the seed and its number, not on the batch it is in. */
  @Test
  void images_varyBySeedAndNumberOnly() {
    ImageData images =
        ImageData.of(PIXELS, SIZE, LABELS, 3)
            .withAugmentation(new RandomCrop(1), new HorizontalFlip(), new Cutout(1));
    float[] all = floats(images.gather(new int[] {0, 1, 2, 3}, 5));
    for (int i = 0; i < 4; i++) {
      assertThat(floats(images.gather(new int[] {i}, 5)))
          .isEqualTo(Arrays.copyOfRange(all, i * 12, i * 12 + 12));
    }
    assertThat(floats(images.gather(new int[] {0, 1, 2, 3}, 6))).isNotEqualTo(all);
    assertThat(floats(images.gather(new int[] {0, 1, 2, 3})))
        .isEqualTo(floats(ImageData.of(PIXELS, SIZE, LABELS, 3).gather(new int[] {0, 1, 2, 3})));
  }

  @Test
  void images_withoutVariations_areThemselvesByAnySeed() {
    ImageData images = ImageData.of(PIXELS, SIZE, LABELS, 3);

    assertThat(floats(images.gather(new int[] {3, 1}, 5)))
        .isEqualTo(floats(images.gather(new int[] {3, 1})));
  }

  @Test
  void images_sayWhatTheyHold() {
    ImageData images = ImageData.of(PIXELS, SIZE, LABELS, 3);

    assertThat(images.size()).isEqualTo(4);
    assertThat(images.greatestBatch()).isEqualTo(4);
    assertThat(images.inputs())
        .containsExactly(new Values(Shape.of(2, 3, 2), OptionalInt.empty(), OptionalInt.empty()));
    assertThat(images.labels())
        .isEqualTo(new Values(Shape.scalar(), OptionalInt.of(3), OptionalInt.empty()));
    assertThat(images).hasToString("ImageData[4 images of 2x3x2, 3 classes]");
    assertBatches(images.inOrder(3), Batches.inOrder(4, 3));
    assertBatches(images.shuffled(3, 7), Batches.shuffled(4, 3, 7));
  }

  @Test
  void sentences_sayWhatTheyHold() {
    int[][] sources = {{5}, {6, 7, 8}, {9, 4}};
    SentencePairs pairs =
        new SentencePairs(sources, new int[][] {{2, 5, 3}, {2, 6, 7, 4, 7, 3}, {2, 3}}, 10, 8, 1);
    int[] lengths = {2, 5, 2}; // of the longer side, whose target has no first token

    assertThat(pairs.source(1)).isEqualTo(ImmutableIntArray.of(6, 7, 8));
    assertThat(pairs.reference(1)).isEqualTo(ImmutableIntArray.of(6, 7, 4, 7));
    assertThat(pairs.reference(2)).isEqualTo(ImmutableIntArray.of());
    assertThat(pairs.inputs())
        .containsExactly(Values.padded(Shape.of(3), 10, 1), Values.padded(Shape.of(5), 8, 1));
    assertThat(pairs.labels()).isEqualTo(Values.padded(Shape.of(5), 8, 1));
    assertThat(pairs).hasToString("SentencePairs[3 pairs of 10 and 8 tokens]");
    assertBatches(pairs.shuffled(6, 7), Batches.byLengthShuffled(3, i -> lengths[i], 6, 7));
  }

  /** All pairs, each padded to the longest sentence on either side. */
  @Test
  void sentences_greatestBatch_isOfTheLongerSide() {
    int[][] longer = {{2, 3, 4, 5}, {2, 3}};
    int[][] shorter = {{2, 3}, {2, 4, 5}};

    assertThat(new SentencePairs(longer, shorter, 9, 9, 0).greatestBatch()).isEqualTo(2 * 4);
    assertThat(new SentencePairs(shorter, longer, 9, 9, 0).greatestBatch()).isEqualTo(2 * 3);
  }

  private static void assertBatches(List<int[]> batches, List<int[]> expected) {
    assertThat(batches.toArray(int[][]::new)).isDeepEqualTo(expected.toArray(int[][]::new));
  }

  @Test
  void sentences_areShiftedAndPadded() {
    SentencePairs pairs =
        new SentencePairs(
            new int[][] {{5}, {6, 7, 8}, {9, 4}},
            new int[][] {{2, 5, 3}, {2, 6, 7, 3}, {2, 3}},
            10,
            8,
            1);
    Batch batch = pairs.gather(new int[] {0, 1});

    assertThat(batch.inputs().get(0).shape()).isEqualTo(Shape.of(2, 3));
    assertThat(((HostArray.Ints) batch.inputs().get(0)).values()).containsExactly(5, 1, 1, 6, 7, 8);
    assertThat(((HostArray.Ints) batch.inputs().get(1)).values()).containsExactly(2, 5, 1, 2, 6, 7);
    assertThat(batch.labels().values()).containsExactly(5, 3, 1, 6, 7, 3);
    assertThat(pairs.inputs().get(1).shape()).isEqualTo(Shape.of(3));
    assertThat(pairs.inputs().get(0).limit()).hasValue(10);
    assertThat(pairs.labels().limit()).hasValue(8);
    assertThat(pairs.inOrder(6)).extracting(one -> one.length).containsExactly(2, 1);
  }

  @Test
  void scaling_ofNoOrOtherChannels_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PixelScaling(ImmutableList.of(), ImmutableList.of()))
        .withMessage("mean and deviation must be of the same channels, got [] and []");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PixelScaling(ImmutableList.of(0.5), ImmutableList.of(1.0, 2.0)))
        .withMessage("mean and deviation must be of the same channels, got [0.5] and [1.0, 2.0]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PixelScaling(ImmutableList.of(Double.NaN), ImmutableList.of(1.0)))
        .withMessage("mean must be finite, got [NaN]");
  }

  @Test
  void sentences_paddingOutOfRange_isRefused() {
    int[][] sentence = {{3, 2}};
    for (int padding : new int[] {-1, 4, 5}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new SentencePairs(sentence, sentence, 4, 9, padding))
          .withMessage("padding must be in [0, 4), got " + padding);
    }
  }

  @Test
  void data_thatMakeNoSense_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageData.of(new byte[47], SIZE, LABELS, 3))
        .withMessage("4 images of 2x3x2 must have 48 values, got 47");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageData.of(PIXELS, SIZE, LABELS, 2))
        .withMessage("label of example 2 must be in [0, 2), got 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ImageData.of(PIXELS, SIZE, LABELS, 3).withScaling(PixelScaling.none(3)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PixelScaling(ImmutableList.of(0.5), ImmutableList.of(0.0)))
        .withMessage("deviation must be finite and positive, got [0.0]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SentencePairs(new int[][] {{10}}, new int[][] {{3, 2}}, 10, 12, 1))
        .withMessage("source 0: tokens must be in [0, 10), got 10");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SentencePairs(new int[][] {{3}}, new int[][] {{3, 12}}, 20, 12, 1))
        .withMessage("target 0: tokens must be in [0, 12), got 12");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SentencePairs(new int[][] {{3}}, new int[][] {{3}}, 10, 12, 1))
        .withMessage("target 0 must have at least 2 tokens, got 1");
  }

  /** A batch of such sentences might have no label at all, and a reference would have its end. */
  @Test
  void sentences_thatArePadded_areRefusedByPosition() {
    int[][] sources = {{3, 2}, {3, 4, 2}};
    int[][] targets = {{2, 3, 2}, {2, 4, 2}};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SentencePairs(sources, new int[][] {{2, 3, 2}, {2, 0, 0}}, 9, 9, 0))
        .withMessage("target 1 must not be padded, got 0 at position 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SentencePairs(new int[][] {{3, 5}, {3, 2}}, targets, 9, 9, 5))
        .withMessage("source 0 must not be padded, got 5 at position 1");
  }
}
