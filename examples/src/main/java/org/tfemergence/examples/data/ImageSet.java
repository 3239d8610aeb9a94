package org.tfemergence.examples.data;

import java.util.Arrays;
import java.util.Objects;

/**
 * Grey images of one size with one label each, as flat arrays. The arrays are neither copied in nor
 * out, because they are large; treat them as read-only. Two sets are equal if their contents are.
 *
 * @param rows height of an image in pixels, at least 1
 * @param columns width of an image in pixels, at least 1
 * @param classes number of classes, [1, 256]
 * @param pixels unsigned bytes, image after image, each row-major; {@code size() * rows * columns}
 * @param labels unsigned class of each image, [0, classes)
 */
@SuppressWarnings("ArrayRecordComponent") // equals, hashCode and toString below see the contents
public record ImageSet(int rows, int columns, int classes, byte[] pixels, byte[] labels) {
  /**
   * Checks that the arrays fit together.
   *
   * @param rows height of an image
   * @param columns width of an image
   * @param classes number of classes
   * @param pixels the images
   * @param labels the class of each image
   * @throws IllegalArgumentException if a number is out of its range, the pixels are not {@code
   *     labels.length} images, or a label is not below {@code classes}
   */
  public ImageSet {
    Objects.requireNonNull(pixels, "pixels");
    Objects.requireNonNull(labels, "labels");
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "rows and columns must be at least 1, got " + rows + " x " + columns);
    }
    checkClasses(classes);
    if (pixels.length % rows != 0
        || pixels.length / rows % columns != 0
        || pixels.length / rows / columns != labels.length) {
      throw new IllegalArgumentException(
          "pixels must hold "
              + labels.length
              + " x "
              + rows
              + " x "
              + columns
              + " bytes (labels x rows x columns), got "
              + pixels.length);
    }
    int bad = firstLabelOutside(labels, classes);
    if (bad >= 0) {
      throw new IllegalArgumentException(
          "labels["
              + bad
              + "] must be in [0, "
              + classes
              + "), got "
              + Byte.toUnsignedInt(labels[bad]));
    }
  }

  /**
   * Returns the number of images.
   *
   * @return the number of images, which may be 0
   */
  public int size() {
    return labels.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ImageSet that
        && rows == that.rows
        && columns == that.columns
        && classes == that.classes
        && Arrays.equals(labels, that.labels)
        && Arrays.equals(pixels, that.pixels);
  }

  @Override
  public int hashCode() {
    return Objects.hash(rows, columns, classes, Arrays.hashCode(labels), Arrays.hashCode(pixels));
  }

  @Override
  public String toString() {
    return "ImageSet[%s images of %s x %s in %s classes]".formatted(size(), rows, columns, classes);
  }

  static void checkClasses(int classes) {
    if (classes < 1 || classes > 256) {
      throw new IllegalArgumentException("classes must be in [1, 256], got " + classes);
    }
  }

  /** Returns the index of the first label that is not below {@code classes}, or -1. */
  static int firstLabelOutside(byte[] labels, int classes) {
    for (int i = 0; i < labels.length; i++) {
      if (Byte.toUnsignedInt(labels[i]) >= classes) {
        return i;
      }
    }
    return -1;
  }
}
