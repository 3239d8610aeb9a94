package org.tfemergence.models.fit;

import java.util.Arrays;

/**
 * Examples with their classes, in memory. Immutable as long as the arrays it was given are left
 * alone.
 */
public final class LabeledData {
  private final float[] features;
  private final int[] labels;
  private final int classes;

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
    if (labels.length == 0) {
      throw new IllegalArgumentException("data must have at least one example");
    }
    if (classes < 2) {
      throw new IllegalArgumentException("classes must be at least 2, got " + classes);
    }
    if (features.length == 0 || features.length % labels.length != 0) {
      throw new IllegalArgumentException(
          features.length + " features do not divide among " + labels.length + " examples");
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "label of example " + i + " must be in [0, " + classes + "), got " + labels[i]);
      }
    }
    this.features = features;
    this.labels = labels;
    this.classes = classes;
  }

  /**
   * Returns the number of examples.
   *
   * @return at least 1
   */
  public int size() {
    return labels.length;
  }

  /**
   * Returns the number of classes.
   *
   * @return at least 2
   */
  public int classes() {
    return classes;
  }

  /**
   * Returns the length of an example.
   *
   * @return the number of features per example, at least 1
   */
  public int width() {
    return features.length / labels.length;
  }

  /**
   * Gathers examples.
   *
   * @param indices which, each in [0, size)
   * @return a batch of them in that order, copied
   */
  public Batch batch(int... indices) {
    float[] batch = new float[indices.length * width()];
    int[] classesOfBatch = new int[indices.length];
    for (int i = 0; i < indices.length; i++) {
      System.arraycopy(features, indices[i] * width(), batch, i * width(), width());
      classesOfBatch[i] = labels[indices[i]];
    }
    return new Batch(batch, classesOfBatch);
  }

  /** A few examples, gathered for one step. */
  public static final class Batch {
    private final float[] features;
    private final int[] labels;

    Batch(float[] features, int[] labels) {
      this.features = features;
      this.labels = labels;
    }

    /**
     * Returns the number of examples.
     *
     * @return at least 1
     */
    public int size() {
      return labels.length;
    }

    float[] features() {
      return features;
    }

    int[] labels() {
      return labels;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LabeledData data
        && classes == data.classes
        && Arrays.equals(labels, data.labels)
        && Arrays.equals(features, data.features);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(labels) + Arrays.hashCode(features);
  }

  @Override
  public String toString() {
    return "LabeledData[" + size() + " examples of " + width() + ", " + classes + " classes]";
  }
}
