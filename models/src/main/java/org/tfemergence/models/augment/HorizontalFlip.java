package org.tfemergence.models.augment;

import java.util.random.RandomGenerator;

/** Mirrors every other image, left to right. */
public record HorizontalFlip() implements Augmentation {
  @Override
  public float[] apply(float[] image, ImageSize size, RandomGenerator random) {
    if (random.nextBoolean()) {
      return image;
    }
    float[] mirrored = new float[image.length];
    for (int row = 0; row < size.height(); row++) {
      for (int column = 0; column < size.width(); column++) {
        System.arraycopy(
            image,
            size.index(row, size.width() - 1 - column),
            mirrored,
            size.index(row, column),
            size.channels());
      }
    }
    return mirrored;
  }
}
