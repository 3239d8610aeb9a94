package org.tfemergence.emergence.testing;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Random;

/**
 * Float values of all kinds, and their counts by plain comparisons, as NumPy's histogram has it.
 */
public final class Values {
  private Values() {}

  /**
   * Draws a value: any pattern of bits, a small number, an edge of a bucket or beside one, zero.
   */
  public static float draw(Random random) {
    float edge = (1 + random.nextInt(4) / 4f) * Math.scalb(1f, random.nextInt(60) - 45);
    float signed = random.nextBoolean() ? edge : -edge;
    return switch (random.nextInt(6)) {
      case 0 -> Float.intBitsToFloat(random.nextInt());
      case 1 -> (float) random.nextGaussian();
      case 2 -> signed;
      case 3 -> Math.nextUp(signed);
      case 4 -> Math.nextDown(signed);
      default -> 0;
    };
  }

  /** Counts in buckets closed below and open above, but for the last, which is closed. */
  public static ImmutableLongArray counts(ImmutableDoubleArray edges, float... values) {
    int buckets = Math.max(0, edges.length() - 1);
    long[] counts = new long[buckets];
    for (float value : values) {
      for (int i = 0; i < buckets; i++) {
        boolean last = i == buckets - 1;
        if (value >= edges.get(i)
            && (value < edges.get(i + 1) || (last && value == edges.get(i + 1)))) {
          counts[i]++;
        }
      }
    }
    return ImmutableLongArray.copyOf(counts);
  }

  /** Counts NaN and infinities. */
  public static long nonFinite(float... values) {
    long count = 0;
    for (float value : values) {
      count += Float.isFinite(value) ? 0 : 1;
    }
    return count;
  }
}
