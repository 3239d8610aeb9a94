package org.tfemergence.models.augment;

import java.util.random.RandomGenerator;

/** Mirrors every other image, left to right. */
public record HorizontalFlip() implements Augmentation {
  @Override
  public float[] apply(float[] image, ImageShape shape, RandomGenerator random) {
    if (random.nextBoolean()) {
      return image;
    }
    float[] mirrored = new float[image.length];
    for (int row = 0; row < shape.height(); row++) {
      for (int column = 0; column < shape.width(); column++) {
        System.arraycopy(
            image,
            shape.index(row, shape.width() - 1 - column),
            mirrored,
            shape.index(row, column),
            shape.channels());
      }
    }
    return mirrored;
  }
}
