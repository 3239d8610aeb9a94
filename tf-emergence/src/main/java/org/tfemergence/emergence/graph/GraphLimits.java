package org.tfemergence.emergence.graph;

import java.util.Locale;
import org.tensorflow.ndarray.Shape;

/**
 * What must hold before anything is added to a graph: beyond it TensorFlow fails with a message of
 * other things, or ends the process. Whatever adds operations asks first.
 */
public final class GraphLimits {
  private static final String DIGITS = "1234567890";
  private static final long MOST = Long.MAX_VALUE / Float.BYTES;

  private GraphLimits() {}

  /**
   * Refuses a default locale with digits of its own, such as Egypt's or Iran's. TensorFlow Java
   * numbers operations by it, in digits that TensorFlow does not take in a name.
   *
   * @throws IllegalStateException if the default locale for formatting writes other digits than 0
   *     to 9
   */
  @SuppressWarnings("DefaultLocale") // it is what is asked for
  public static void requirePlainDigits() {
    if (!String.format("%d", Long.valueOf(DIGITS)).equals(DIGITS)) {
      throw new IllegalStateException(
          "the default locale for formatting must write the digits 0 to 9, by which TensorFlow Java"
              + " numbers operations, got "
              + Locale.getDefault(Locale.Category.FORMAT).toLanguageTag()
              + "; call Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT) first");
    }
  }

  /**
   * Refuses what has more float32 values than TensorFlow counts bytes of: it ends the process.
   *
   * @param what what has the shape, for the message
   * @param shape the shape; dimensions that are not known do not count
   * @throws IllegalArgumentException if there are 2^61 values or more
   */
  public static void requireSize(String what, Shape shape) {
    long size = 1;
    for (long dimension : shape.asArray()) {
      if (dimension > 1 && size > MOST / dimension) {
        throw new IllegalArgumentException(
            what + " must have less than 2^61 values, got shape " + shape);
      }
      size *= Math.max(1, dimension);
    }
  }
}
