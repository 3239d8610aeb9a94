package org.tfemergence.models.data;

import java.util.Arrays;
import java.util.Objects;
import org.tensorflow.ndarray.Shape;

/** The classes of examples, all of them in range. */
final class LabelArray {
  private final int[] labels;
  private final int classes;

  LabelArray(int[] labels, int classes) {
    if (labels.length == 0) {
      throw new IllegalArgumentException("data must have at least one example");
    }
    if (classes < 2) {
      throw new IllegalArgumentException("classes must be at least 2, got " + classes);
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "label of example " + i + " must be in [0, " + classes + "), got " + labels[i]);
      }
    }
    this.labels = labels;
    this.classes = classes;
  }

  int size() {
    return labels.length;
  }

  int classes() {
    return classes;
  }

  HostArray.Ints gather(int[] examples) {
    int[] gathered = new int[examples.length];
    for (int i = 0; i < examples.length; i++) {
      gathered[i] = labels[examples[i]];
    }
    return new HostArray.Ints(gathered, Shape.of(examples.length));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LabelArray array
        && classes == array.classes
        && Arrays.equals(labels, array.labels);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classes, Arrays.hashCode(labels));
  }
}
