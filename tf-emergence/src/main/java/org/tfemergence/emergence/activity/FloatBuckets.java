package org.tfemergence.emergence.activity;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;

/**
 * Fixed buckets for float32 values: four to each doubling of the magnitude, from 2^-40 (9.1e-13)
 * on, the same below zero, and one about zero.
 *
 * <p>A value's bucket follows from its {@link #code}, the first bits of its representation, so
 * counting takes neither a logarithm nor a search, and there is no rounding at an edge.
 */
public final class FloatBuckets {
  /*
   * A float32 is a sign, eight bits of exponent and 23 of fraction. The code is what is left of it
   * without the last 21: sign, exponent, and the fraction's first two bits, which are the quarters
   * between two powers of two. Exponent 255 is that of infinity and NaN.
   */

  /** The number of codes, 2^11. */
  public static final int CODES = 2048;

  /** By how many bits a representation is shifted to give its code. */
  public static final int SHIFT = 21;

  private static final int NEGATIVE = CODES / 2; // the sign bit, as part of a code
  private static final int NOT_FINITE = 255 << 2;
  private static final int LEAST = (127 - 40) << 2; // the code of 2^-40
  private static final int BUCKETS = NOT_FINITE - LEAST; // on either side of zero

  private FloatBuckets() {}

  /**
   * Returns the code of a value.
   *
   * @param value any value
   * @return its code, in [0, {@link #CODES})
   */
  public static int code(float value) {
    return Float.floatToRawIntBits(value) >>> SHIFT;
  }

  /**
   * Makes a histogram of counted codes.
   *
   * @param layer the layer's name
   * @param codes how many values had each code, {@link #CODES} numbers
   * @param min the least finite value, as far as it is known
   * @param max the greatest finite value, as far as it is known
   * @param sum the sum of the values
   * @param sumOfSquares the sum of their squares
   * @return the histogram, from the lowest bucket that is not empty to the highest; the limits of
   *     both stand for a least or greatest value that is not known
   * @throws IllegalArgumentException if the number of codes is another
   */
  public static LayerHistogram histogram(
      String layer, double[] codes, double min, double max, double sum, double sumOfSquares) {
    if (codes.length != CODES) {
      throw new IllegalArgumentException("expected " + CODES + " codes, got " + codes.length);
    }
    long[] counts = new long[2 * BUCKETS + 1];
    long nonFinite = 0;
    for (int code = 0; code < CODES; code++) {
      int magnitude = code % NEGATIVE;
      int bucket = Math.max(0, magnitude - LEAST + 1);
      if (magnitude >= NOT_FINITE) {
        nonFinite += (long) codes[code];
      } else {
        counts[BUCKETS + (code < NEGATIVE ? bucket : -bucket)] += (long) codes[code];
      }
    }
    int first = 0;
    int end = counts.length;
    while (first < end && counts[first] == 0) {
      first++;
    }
    while (end > first && counts[end - 1] == 0) {
      end--;
    }
    ImmutableDoubleArray.Builder edges = ImmutableDoubleArray.builder();
    for (int i = first; first < end && i <= end; i++) {
      double limit = lower(i - BUCKETS);
      if (i == first) {
        limit = min >= limit && min < lower(first + 1 - BUCKETS) ? min : limit;
      } else if (i == end) {
        limit = max >= lower(end - 1 - BUCKETS) && max < limit ? max : limit;
      }
      edges.add(limit);
    }
    return new LayerHistogram(
        layer,
        edges.build(),
        ImmutableLongArray.copyOf(counts).subArray(first, end).trimmed(),
        nonFinite,
        sum,
        sumOfSquares);
  }

  /*
   * The least float32 of a bucket. Buckets above zero hold their limit nearer to zero, those below
   * do so too, and end with it: the next begins right after.
   */
  private static double lower(int bucket) {
    if (bucket > 0) {
      float limit = magnitude(bucket - 1);
      return Float.isInfinite(limit) ? Math.scalb(1.0, Float.MAX_EXPONENT + 1) : limit;
    }
    return Math.nextUp(-magnitude(-bucket));
  }

  private static float magnitude(int step) {
    return Float.intBitsToFloat((LEAST + step) << SHIFT);
  }
}
