package org.tfemergence.models.vision;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.InputSpec;

/** What all classifiers begin and end with. */
final class Classifier {
  private Classifier() {}

  /** Refuses fewer than two classes. */
  static void requireClasses(int classes) {
    if (classes < 2) {
      throw new IllegalArgumentException("classes must be at least 2, got " + classes);
    }
  }

  /** Returns the input of images, [height, width, channels]. */
  static InputSpec input(ImageShape image) {
    return new InputSpec(
        "input", TFloat32.class, Shape.of(image.height(), image.width(), image.channels()));
  }
}
