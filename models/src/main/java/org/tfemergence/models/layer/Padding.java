package org.tfemergence.models.layer;

/** What is put around a map before windows slide over it. */
public sealed interface Padding {
  /** As TensorFlow's SAME: as many windows as fit the stride, odd padding behind. */
  Padding SAME = new Same();

  /** None. */
  Padding VALID = new Explicit(0, 0, 0, 0);

  /**
   * Returns the same padding on all sides.
   *
   * @param size rows above and below, columns left and right, at least 0
   * @return the padding
   * @throws IllegalArgumentException if the size is negative
   */
  static Padding around(int size) {
    return new Explicit(size, size, size, size);
  }

  /**
   * As much as makes {@code ceil(input / stride)} windows; half of it before the input, and the odd
   * row or column behind.
   */
  record Same() implements Padding {}

  /**
   * So many rows and columns.
   *
   * @param top the rows above, at least 0
   * @param bottom the rows below, at least 0
   * @param left the columns on the left, at least 0
   * @param right the columns on the right, at least 0
   */
  record Explicit(int top, int bottom, int left, int right) implements Padding {
    /**
     * Creates a padding.
     *
     * @throws IllegalArgumentException if a number is negative
     */
    public Explicit {
      if (top < 0 || bottom < 0 || left < 0 || right < 0) {
        throw new IllegalArgumentException(
            "padding must not be negative, got top "
                + top
                + ", bottom "
                + bottom
                + ", left "
                + left
                + ", right "
                + right);
      }
    }
  }
}
