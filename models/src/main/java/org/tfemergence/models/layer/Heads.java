package org.tfemergence.models.layer;

import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The parts of an {@link Attention}, for those who keep its keys and values themselves: in heads,
 * as they are multiplied, so that they need not be laid out anew each time.
 */
public final class Heads {
  /*
   * Added to the scores that must not count: far below any score, so that softmax gives exactly
   * zero, but finite, so that no row is without a greatest score.
   */
  private static final float NEVER = 1e9f;

  private Heads() {}

  /**
   * Divides channels among heads.
   *
   * @param tf where to add operations
   * @param x [batch, positions, units]; units must be known
   * @param heads the number of heads, which divides the units
   * @return [batch, heads, positions, units of a head]
   */
  public static Operand<TFloat32> split(Ops tf, Operand<TFloat32> x, int heads) {
    long units = x.asOutput().shape().get(2);
    Operand<TInt32> apart =
        Rows.dimensions(tf, x, Shape.UNKNOWN_SIZE, Shape.UNKNOWN_SIZE, heads, units / heads);
    return tf.linalg.transpose(tf.reshape(x, apart), tf.constant(new int[] {0, 2, 1, 3}));
  }

  /**
   * Undoes {@link #split}.
   *
   * @param tf where to add operations
   * @param x [batch, heads, positions, units of a head]; heads and units must be known
   * @return [batch, positions, units]
   */
  public static Operand<TFloat32> joined(Ops tf, Operand<TFloat32> x) {
    Shape shape = x.asOutput().shape();
    Operand<TFloat32> apart = // [batch, positions, heads, units of a head]
        tf.linalg.transpose(x, tf.constant(new int[] {0, 2, 1, 3}));
    return tf.reshape(
        apart,
        Rows.dimensions(
            tf, apart, Shape.UNKNOWN_SIZE, Shape.UNKNOWN_SIZE, shape.get(1) * shape.get(3)));
  }

  /**
   * Returns what must be added to scores so that some keys get no weight.
   *
   * @param tf where to add operations
   * @param seen 1 where a key may be looked at, 0 where not, of any shape
   * @return zero or far below any score, of that shape
   */
  public static Operand<TFloat32> hiding(Ops tf, Operand<TFloat32> seen) {
    return tf.math.mul(tf.math.sub(seen, tf.constant(1f)), tf.constant(NEVER));
  }

  /**
   * Returns how much each query looks at each key, {@code softmax(queries keys^T / sqrt(units of a
   * head) + hidden)}.
   *
   * @param tf where to add operations
   * @param queries [batch, heads, queries, units of a head]; units must be known
   * @param keys [batch, heads, keys, units of a head]
   * @param hidden what is added to the scores, as {@link #hiding} gives it, to be broadcast to
   *     [batch, heads, queries, keys]; empty if all keys may be looked at
   * @return [batch, heads, queries, keys], which sum to 1 over the keys
   */
  public static Operand<TFloat32> weights(
      Ops tf,
      Operand<TFloat32> queries,
      Operand<TFloat32> keys,
      Optional<Operand<TFloat32>> hidden) {
    Operand<TFloat32> scores =
        tf.train.batchMatMul(scaled(tf, queries), keys, TFloat32.class, BatchMatMul.adjY(true));
    return normalized(tf, scores, hidden);
  }

  /*
   * Products of two matrices, the second turned around, cost two to three times as much on a CPU
   * when it is much the larger; the scores are small and cheap to turn.
   */
  /**
   * Returns the same as {@link #weights}, faster where there are far fewer queries than keys.
   *
   * @param tf where to add operations
   * @param queries [batch, heads, queries, units of a head]; units must be known
   * @param keys [batch, heads, keys, units of a head]
   * @param hidden as for {@link #weights}
   * @return [batch, heads, queries, keys], which sum to 1 over the keys
   */
  public static Operand<TFloat32> weightsOfFew(
      Ops tf,
      Operand<TFloat32> queries,
      Operand<TFloat32> keys,
      Optional<Operand<TFloat32>> hidden) {
    Operand<TFloat32> turned = // [batch, heads, keys, queries]
        tf.train.batchMatMul(keys, scaled(tf, queries), TFloat32.class, BatchMatMul.adjY(true));
    return normalized(tf, tf.linalg.transpose(turned, tf.constant(new int[] {0, 1, 3, 2})), hidden);
  }

  private static Operand<TFloat32> scaled(Ops tf, Operand<TFloat32> queries) {
    double units = queries.asOutput().shape().get(3);
    return tf.math.mul(queries, tf.constant((float) (1 / Math.sqrt(units))));
  }

  private static Operand<TFloat32> normalized(
      Ops tf, Operand<TFloat32> scores, Optional<Operand<TFloat32>> hidden) {
    return tf.nn.softmax(hidden.isPresent() ? tf.math.add(scores, hidden.get()) : scores);
  }

  /**
   * Returns the means of values by weights, of all heads.
   *
   * @param tf where to add operations
   * @param weights [batch, heads, queries, keys]
   * @param values [batch, heads, keys, units of a head]; heads and units must be known
   * @return [batch, queries, units]
   */
  public static Operand<TFloat32> mix(Ops tf, Operand<TFloat32> weights, Operand<TFloat32> values) {
    return joined(tf, tf.train.batchMatMul(weights, values, TFloat32.class));
  }
}
