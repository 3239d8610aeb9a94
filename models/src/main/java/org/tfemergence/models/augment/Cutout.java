package org.tfemergence.models.augment;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Sets a square of an image to zero (DeVries and Taylor, arXiv 1708.04552). Its centre is any
 * pixel, so that part of the square may lie outside. Zero is the mean of normalized values.
 *
 * @param side the length of the square's side, at least 1
 */
public record Cutout(int side) implements Augmentation {
  /**
   * Creates the variation.
   *
   * @throws IllegalArgumentException if {@code side < 1}
   */
  public Cutout {
    if (side < 1) {
      throw new IllegalArgumentException("side must be at least 1, got " + side);
    }
  }

  /* The square covers rows from centre - side / 2, side of them; columns likewise. */
  @Override
  public float[] apply(float[] image, ImageShape shape, RandomGenerator random) {
    int top = random.nextInt(shape.height()) - side / 2;
    int left = random.nextInt(shape.width()) - side / 2;
    int first = Math.max(left, 0);
    int end = Math.min(left + side, shape.width());
    float[] cut = image.clone();
    for (int row = Math.max(top, 0); row < Math.min(top + side, shape.height()); row++) {
      Arrays.fill(cut, shape.index(row, first), shape.index(row, end), 0);
    }
    return cut;
  }
}
