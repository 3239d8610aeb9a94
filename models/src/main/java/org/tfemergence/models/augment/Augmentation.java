package org.tfemergence.models.augment;

import java.util.random.RandomGenerator;

/** A random variation of an image. Immutable. */
@FunctionalInterface
public interface Augmentation {
  /**
   * Varies an image.
   *
   * @param image its values, [height, width, channels]; left as they are
   * @param size its size
   * @param random what the variation is drawn from
   * @return values of the same size
   */
  float[] apply(float[] image, ImageSize size, RandomGenerator random);
}
