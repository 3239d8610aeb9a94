package org.tfemergence.emergence.network;

/**
 * Where the windows of a convolution or pooling lie in their input: the window of output position
 * (y, x) covers the rows from {@code y * strideHeight - top} on, and the columns from {@code x *
 * strideWidth - left} on, as far as the input reaches.
 *
 * @param height the number of rows of a window, at least 1
 * @param width the number of columns of a window, at least 1
 * @param strideHeight the distance between windows, in rows, at least 1
 * @param strideWidth the distance between windows, in columns, at least 1
 * @param top the rows of padding before the input, at least 0
 * @param left the columns of padding before the input, at least 0
 */
public record Window(int height, int width, int strideHeight, int strideWidth, int top, int left) {
  /**
   * Creates a window.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public Window {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "window must be at least 1 x 1, got " + height + " x " + width);
    }
    if (strideHeight < 1 || strideWidth < 1) {
      throw new IllegalArgumentException(
          "stride must be at least 1 x 1, got " + strideHeight + " x " + strideWidth);
    }
    if (top < 0 || left < 0) {
      throw new IllegalArgumentException(
          "padding must not be negative, got top " + top + ", left " + left);
    }
  }

  /**
   * Returns a square window without padding (VALID).
   *
   * @param size the number of rows and of columns
   * @param stride the distance between windows
   * @return the window
   */
  public static Window valid(int size, int stride) {
    return new Window(size, size, stride, stride, 0, 0);
  }

  /**
   * Returns a square window padded as TensorFlow's SAME: the output has {@code ceil(input /
   * stride)} positions, and an odd row or column of padding goes behind the input.
   *
   * @param size the number of rows and of columns
   * @param stride the distance between windows
   * @param inputHeight the number of rows of the input
   * @param inputWidth the number of columns of the input
   * @return the window
   * @throws IllegalArgumentException if a number is out of its range
   */
  public static Window same(int size, int stride, long inputHeight, long inputWidth) {
    // Checks both, before anything is divided by the stride.
    Window window = valid(size, stride);
    return new Window(
        window.height(),
        window.width(),
        window.strideHeight(),
        window.strideWidth(),
        paddingBefore(size, stride, inputHeight),
        paddingBefore(size, stride, inputWidth));
  }

  /**
   * Returns the window of global pooling: the whole input, at once.
   *
   * @param inputHeight the number of rows of the input, at least 1; of the positions of a sequence
   * @param inputWidth the number of columns of the input, at least 1; 1 for a sequence
   * @return the window
   * @throws IllegalArgumentException if a number is out of its range
   * @throws ArithmeticException if a number is 2^31 or more
   */
  public static Window all(long inputHeight, long inputWidth) {
    return new Window(Math.toIntExact(inputHeight), Math.toIntExact(inputWidth), 1, 1, 0, 0);
  }

  /**
   * Returns the window by which each unit of a map of one column feeds that many columns, all with
   * its value: of a layer that is repeated.
   *
   * @param times the number of columns of the output, at least 1
   * @return the window
   * @throws IllegalArgumentException if the number is out of its range
   * @throws ArithmeticException if the number is 2^31 or more
   */
  public static Window copies(long times) {
    int columns = Math.toIntExact(times);
    return new Window(1, columns, 1, 1, 0, Math.max(0, columns - 1));
  }

  private static int paddingBefore(int size, int stride, long input) {
    long outputs = (input + stride - 1) / stride;
    return (int) Math.max(0, (outputs - 1) * stride + size - input) / 2;
  }
}
