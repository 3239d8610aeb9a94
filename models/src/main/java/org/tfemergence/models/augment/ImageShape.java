package org.tfemergence.models.augment;

/**
 * The shape of an image, whose values are ordered [height, width, channels].
 *
 * @param height the number of rows, at least 1
 * @param width the number of columns, at least 1
 * @param channels the number of channels, at least 1
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
   * @throws IllegalArgumentException if a number is less than 1, or there are 2^31 values or more
   */
  public ImageShape {
    if (height < 1 || width < 1 || channels < 1) {
      throw new IllegalArgumentException(
          "image must be at least 1 x 1 x 1, got " + height + " x " + width + " x " + channels);
    }
    if ((long) height * width > Integer.MAX_VALUE / channels) {
      throw new IllegalArgumentException(
          "image must have less than 2^31 values, got "
              + height
              + " x "
              + width
              + " x "
              + channels);
    }
  }

  /**
   * Returns the number of values of an image.
   *
   * @return height times width times channels
   */
  public int values() {
    return height * width * channels;
  }

  int index(int row, int column) {
    return (row * width + column) * channels;
  }

  @Override
  public String toString() {
    return height + "x" + width + "x" + channels;
  }
}
