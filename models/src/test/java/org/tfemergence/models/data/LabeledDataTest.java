package org.tfemergence.models.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

final class LabeledDataTest {
  private static final float[] FEATURES = {1, 2, 3, 4, 5, 6};
  private static final int[] LABELS = {0, 2, 1};

  @Test
  void sizes_followArrays() {
    LabeledData data = new LabeledData(FEATURES, LABELS, 3);

    assertThat(data.size()).isEqualTo(3);
    assertThat(data.width()).isEqualTo(2);
    assertThat(data.classes()).isEqualTo(3);
    assertThat(data).hasToString("LabeledData[3 examples of 2, 3 classes]");
  }

  @Test
  void gather_takesOrderGiven() {
    Batch batch = new LabeledData(FEATURES, LABELS, 3).gather(new int[] {2, 0, 2});

    assertThat(batch.size()).isEqualTo(3);
    assertThat(features(batch)).containsExactly(5, 6, 1, 2, 5, 6);
    assertThat(batch.labels().values()).containsExactly(1, 0, 1);
  }

  @Test
  void data_sayWhatTheyHold() {
    LabeledData data = new LabeledData(FEATURES, LABELS, 3);

    assertThat(data.greatestBatch()).isEqualTo(3);
    assertThat(data.inputs()).containsExactly(Values.features(Shape.of(2)));
    assertThat(data.labels()).isEqualTo(Values.numbers(Shape.scalar(), 3));
    assertThat(data.inOrder(2).toArray(int[][]::new))
        .isDeepEqualTo(Batches.inOrder(3, 2).toArray(int[][]::new));
    assertThat(data.shuffled(2, 7).toArray(int[][]::new))
        .isDeepEqualTo(Batches.shuffled(3, 2, 7).toArray(int[][]::new));
    assertThat(features(data.gather(new int[] {2, 0}, 9))).containsExactly(5, 6, 1, 2);
  }

  @Test
  void gather_isCopy() {
    float[] features = FEATURES.clone();
    LabeledData data = new LabeledData(features, LABELS, 3);

    features(data.gather(new int[] {0}))[0] = 99;

    assertThat(features).isEqualTo(FEATURES);
  }

  @Test
  void equals_comparesContents() {
    LabeledData data = new LabeledData(FEATURES, LABELS, 3);

    assertThat(data)
        .isEqualTo(new LabeledData(FEATURES.clone(), LABELS.clone(), 3))
        .hasSameHashCodeAs(new LabeledData(FEATURES.clone(), LABELS.clone(), 3))
        .isNotEqualTo(new LabeledData(FEATURES, LABELS, 4))
        .isNotEqualTo(new LabeledData(FEATURES, new int[] {0, 2, 2}, 3))
        .isNotEqualTo(new LabeledData(new float[] {1, 2, 3, 4, 5, 7}, LABELS, 3));
  }

  @Test
  void data_thatMakeNoSense_areRefused() {
    refused(FEATURES, new int[0], 3, "data must have at least one example");
    refused(FEATURES, LABELS, 1, "classes must be at least 2, got 1");
    refused(new float[7], LABELS, 3, "7 features do not divide among 3 examples");
    refused(new float[0], LABELS, 3, "0 features do not divide among 3 examples");
    refused(FEATURES, LABELS, 2, "label of example 1 must be in [0, 2), got 2");
    refused(FEATURES, new int[] {0, 1, -1}, 2, "label of example 2 must be in [0, 2), got -1");
  }

  private static float[] features(Batch batch) {
    return ((HostArray.Floats) batch.inputs().get(0)).values();
  }

  private static void refused(float[] features, int[] labels, int classes, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LabeledData(features, labels, classes))
        .withMessage(message);
  }
}
