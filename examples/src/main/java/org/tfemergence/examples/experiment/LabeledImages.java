package org.tfemergence.examples.experiment;

import org.tfemergence.examples.data.ImageSet;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.data.ImageData;

/** Images as a trainer takes them. */
public final class LabeledImages {
  private LabeledImages() {}

  /**
   * Converts images.
   *
   * @param images the images
   * @return the images, whose bytes become numbers in [0, 1], 255 being 1
   */
  public static ImageData of(ImageSet images) {
    int[] labels = new int[images.labels().length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Byte.toUnsignedInt(images.labels()[i]);
    }
    ImageShape shape = new ImageShape(images.rows(), images.columns(), 1);
    return ImageData.of(images.pixels(), shape, labels, images.classes());
  }
}
