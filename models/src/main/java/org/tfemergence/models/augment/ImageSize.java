package org.tfemergence.models.augment;

/**
 * The size of an image, whose values are ordered [height, width, channels].
 *
 * @param height the number of rows, at least 1
 * @param width the number of columns, at least 1
 * @param channels the number of channels, at least 1
 */
public record ImageSize(int height, int width, int channels) {
  /**
   * Creates a size.
   *
   * @throws IllegalArgumentException if a number is less than 1
   */
  public ImageSize {
    if (height < 1 || width < 1 || channels < 1) {
      throw new IllegalArgumentException(
          "height, width and channels must be at least 1, got "
              + height
              + ", "
              + width
              + " and "
              + channels);
    }
  }

  /**
   * Returns the number of values of an image.
   *
   * @return height times width times channels
   */
  public int values() {
    return Math.multiplyExact(Math.multiplyExact(height, width), channels);
  }

  int index(int row, int column) {
    return (row * width + column) * channels;
  }

  @Override
  public String toString() {
    return height + "x" + width + "x" + channels;
  }
}
