package org.tfemergence.models.vision;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.layer.InputSpec;

/**
 * The shape of an image.
 *
 * @param height its rows, at least 1
 * @param width its columns, at least 1
 * @param channels its channels, at least 1
 */
public record ImageShape(int height, int width, int channels) {
  /** Fashion-MNIST's and MNIST's: 28 x 28, grey. */
  public static final ImageShape MNIST = new ImageShape(28, 28, 1);

  /** CIFAR's: 32 x 32, in colour. */
  public static final ImageShape CIFAR = new ImageShape(32, 32, 3);

  /** ImageNet's, as it is usually cut: 224 x 224, in colour. */
  public static final ImageShape IMAGENET = new ImageShape(224, 224, 3);

  /**
   * Creates a shape.
   *
   * @throws IllegalArgumentException if a number is less than 1
   */
  public ImageShape {
    if (height < 1 || width < 1 || channels < 1) {
      throw new IllegalArgumentException(
          "image must be at least 1 x 1 x 1, got " + height + " x " + width + " x " + channels);
    }
  }

  /** Returns the input of images of this shape, [height, width, channels]. */
  InputSpec input() {
    return new InputSpec("input", TFloat32.class, Shape.of(height, width, channels));
  }
}
