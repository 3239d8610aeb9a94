package org.tfemergence.examples.experiment;

import org.tfemergence.examples.data.ImageSet;
import org.tfemergence.models.data.LabeledData;

/** Images as a trainer takes them. */
public final class LabeledImages {
  private LabeledImages() {}

  /**
   * Converts images.
   *
   * @param images the images
   * @return the images as rows of numbers in [0, 1], 255 being 1
   */
  public static LabeledData of(ImageSet images) {
    float[] features = new float[images.pixels().length];
    for (int i = 0; i < features.length; i++) {
      features[i] = Byte.toUnsignedInt(images.pixels()[i]) / 255f;
    }
    int[] labels = new int[images.labels().length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Byte.toUnsignedInt(images.labels()[i]);
    }
    return new LabeledData(features, labels, images.classes());
  }
}
