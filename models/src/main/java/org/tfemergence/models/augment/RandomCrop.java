package org.tfemergence.models.augment;

import java.util.random.RandomGenerator;

/**
 * Shifts an image: pads it with zeros all around, and cuts a piece of the old size out at random,
 * as section 4.2 of arXiv 1512.03385 does with 4. Zero is the mean of normalized values.
 *
 * @param padding the number of rows and columns on each side, at least 1
 */
public record RandomCrop(int padding) implements Augmentation {
  /**
   * Creates the variation.
   *
   * @throws IllegalArgumentException if {@code padding < 1}
   */
  public RandomCrop {
    if (padding < 1) {
      throw new IllegalArgumentException("padding must be at least 1, got " + padding);
    }
  }

  /* Each of the (2 padding + 1)^2 places is as likely as any other. */
  @Override
  public float[] apply(float[] image, ImageShape shape, RandomGenerator random) {
    int down = random.nextInt(2 * padding + 1) - padding;
    int right = random.nextInt(2 * padding + 1) - padding;
    float[] shifted = new float[image.length];
    int first = Math.max(0, -right);
    int columns = Math.min(shape.width(), shape.width() - right) - first;
    for (int row = Math.max(0, -down);
        row < Math.min(shape.height(), shape.height() - down);
        row++) {
      if (columns > 0) {
        System.arraycopy(
            image,
            shape.index(row + down, first + right),
            shifted,
            shape.index(row, first),
            columns * shape.channels());
      }
    }
    return shifted;
  }
}
