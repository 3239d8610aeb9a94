package org.tfemergence.emergence.graph;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;

/**
 * Numbers of paths beyond the range of float64, as sums {@code b_0 + b_1 2^800 + b_2 2^1600 + ...}
 * of a few float64 each, along a first axis. What is linear is done to each band by itself.
 *
 * @param count how many bands there are, at least 1
 */
record Bands(int count) {
  /*
   * Scaling a layer by its greatest number would lose the units that lead to a 10^308th of it, which
   * are all that counts once what leads to the great ones is pruned. Here nothing is lost: a number
   * is 0 or at least 1 in each band, and below 2^800 but in the last, which leaves room for all that
   * one layer's connections can multiply it by. Nearly all networks need one band and nothing else.
   */
  private static final int BITS = 800;
  private static final int ROOM = 1000;
  private static final double STEP = Math.scalb(1.0, BITS);

  /** Returns the bands for numbers up to a power of two. */
  static Bands upTo(double log2) {
    return new Bands(1 + (int) Math.ceil(Math.max(0, log2 - ROOM) / BITS));
  }

  /** Adds what takes small numbers, [units], for the lowest band: [bands, units]. */
  Operand<TFloat64> lowest(Ops tf, Operand<TFloat64> small) {
    Operand<TFloat64> band = tf.expandDims(small, tf.constant(0));
    return count == 1 ? band : padded(tf, band, 0, count - 1);
  }

  /** Adds what moves numbers that became too large for their band, [bands, units], one up. */
  Operand<TFloat64> carried(Ops tf, Operand<TFloat64> values) {
    if (count == 1) {
      return values;
    }
    Operand<TFloat64> last =
        tf.slice(values, tf.constant(new int[] {count - 1, 0}), tf.constant(new int[] {1, -1}));
    Operand<TFloat64> others =
        tf.slice(values, tf.constant(new int[] {0, 0}), tf.constant(new int[] {count - 1, -1}));
    var large = tf.math.greaterEqual(others, tf.constant(STEP));
    Operand<TFloat64> zero = tf.constant(0.0);
    Operand<TFloat64> stay = tf.select(large, zero, others);
    Operand<TFloat64> rise = tf.select(large, tf.math.mul(others, tf.constant(1 / STEP)), zero);
    return tf.math.add(tf.concat(List.of(stay, last), tf.constant(0)), padded(tf, rise, 1, 0));
  }

  /** Adds the natural logarithm of a number, [bands]; negative infinity of zero. */
  Operand<TFloat64> log(Ops tf, Operand<TFloat64> number) {
    double[] scales = new double[count];
    for (int i = 0; i < count; i++) {
      scales[i] = i * BITS * Math.log(2);
    }
    return LogSum.of(tf, tf.math.add(tf.math.log(number), tf.constant(scales)));
  }

  private static Operand<TFloat64> padded(Ops tf, Operand<TFloat64> bands, int below, int above) {
    return tf.pad(bands, tf.constant(new int[][] {{below, above}, {0, 0}}), tf.constant(0.0));
  }
}
