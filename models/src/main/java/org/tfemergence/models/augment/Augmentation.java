package org.tfemergence.models.augment;

import java.util.random.RandomGenerator;

/** A random variation of an image. Immutable. */
@FunctionalInterface
public interface Augmentation {
  /**
   * Varies an image.
   *
   * @param image its values, [height, width, channels]; left as they are
   * @param shape its shape
   * @param random what the variation is drawn from
   * @return values of the same shape
   */
  float[] apply(float[] image, ImageShape shape, RandomGenerator random);
}
