package org.tfemergence.models.data;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.Objects;
import org.tensorflow.ndarray.Shape;

/**
 * Examples with their classes, in memory. Immutable as long as the arrays it was given are left
 * alone.
 */
public final class LabeledData implements Dataset {
  private final float[] features;
  private final LabelArray labels;

  /**
   * Creates a data set; the arrays are not copied.
   *
   * @param features the examples one after the other, each of the same length
   * @param labels the class of each example, at least one
   * @param classes the number of classes, at least 2
   * @throws IllegalArgumentException if there is no example, the features do not divide among the
   *     examples, or a label is not in [0, classes)
   */
  public LabeledData(float[] features, int[] labels, int classes) {
    Objects.requireNonNull(features, "features");
    Objects.requireNonNull(labels, "labels");
    this.labels = new LabelArray(labels, classes);
    if (features.length == 0 || features.length % labels.length != 0) {
      throw new IllegalArgumentException(
          features.length + " features do not divide among " + labels.length + " examples");
    }
    this.features = features;
  }

  @Override
  public int size() {
    return labels.size();
  }

  /**
   * Returns the number of classes.
   *
   * @return at least 2
   */
  public int classes() {
    return labels.classes();
  }

  /**
   * Returns the length of an example.
   *
   * @return the number of features per example, at least 1
   */
  public int width() {
    return features.length / size();
  }

  @Override
  public ImmutableList<Values> inputs() {
    return ImmutableList.of(Values.features(Shape.of(width())));
  }

  @Override
  public Values labels() {
    return Values.numbers(Shape.scalar(), classes());
  }

  @Override
  public ImmutableList<int[]> inOrder(int batchSize) {
    return Batches.inOrder(size(), batchSize);
  }

  @Override
  public ImmutableList<int[]> shuffled(int batchSize, long seed) {
    return Batches.shuffled(size(), batchSize, seed);
  }

  @Override
  public Batch gather(int[] examples) {
    float[] values = new float[examples.length * width()];
    for (int i = 0; i < examples.length; i++) {
      System.arraycopy(features, examples[i] * width(), values, i * width(), width());
    }
    return new Batch(
        examples.length,
        ImmutableList.of(new HostArray.Floats(values, Shape.of(examples.length, width()))),
        labels.gather(examples));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LabeledData data
        && labels.equals(data.labels)
        && Arrays.equals(features, data.features);
  }

  @Override
  public int hashCode() {
    return Objects.hash(labels, Arrays.hashCode(features));
  }

  @Override
  public String toString() {
    return "LabeledData[" + size() + " examples of " + width() + ", " + classes() + " classes]";
  }
}
