package org.tfemergence.models.layer;

import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;

/**
 * The product of an attention (Vaswani et al., arXiv 1706.03762, equation 1), in each head by
 * itself: of queries [positions, width], keys and values [other positions, width] it makes contexts
 * [positions, width].
 *
 * <pre>{@code
 * softmax(queries keys^T / sqrt(head width)) values
 * }</pre>
 *
 * Keys that are padding get no weight; if all are, all weigh the same. Where there are fewer
 * queries than keys, they are those of the last positions: in a causal attention, the last query
 * looks at all keys. Queries, keys and values are made by dense layers before it, which count; it
 * has no variables and does not count.
 *
 * @param name its name
 * @param heads the number of heads, which divides the widths, at least 1
 * @param reach which positions may be looked at: all, or none that come later
 */
public record Attention(String name, int heads, Reach reach) implements WiringLayer {
  /*
   * Added to the scores that must not count: far below any score, so that softmax gives exactly
   * zero, but finite, so that no row is without a greatest score.
   */
  private static final float NEVER = 1e9f;

  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if the name is blank, {@code heads < 1}, or the reach is
   *     {@link Reach#SELF}
   */
  public Attention {
    Require.name(name);
    Require.that(heads >= 1, name, "heads must be at least 1", heads);
    Require.that(reach != Reach.SELF, name, "reach must be ALL or CAUSAL", reach);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    Require.that(inputs.size() == 3, name, "expected queries, keys and values", inputs);
    for (Shape input : inputs) {
      long width = Require.sequence(name, input).get(1);
      Require.that(width % heads == 0, name, heads + " heads must divide the width", width);
    }
    Shape queries = inputs.get(0);
    Shape keys = inputs.get(1);
    Shape values = inputs.get(2);
    boolean suit =
        queries.get(1) == keys.get(1)
            && keys.get(0) == values.get(0)
            && (reach == Reach.ALL || queries.get(0) == keys.get(0));
    Require.that(suit, name, "expected queries, keys and values that suit each other", inputs);
    return Shape.of(queries.get(0), values.get(1));
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.Attention(heads, input == 0 ? Reach.SELF : reach));
  }

  @Override
  public Value call(Pass pass, List<Value> inputs) {
    Ops tf = pass.tf();
    Value queries = inputs.get(0); // [batch, positions, width]
    Operand<TFloat32> q = heads(tf, queries.floats()); // [batch, heads, positions, head width]
    Operand<TFloat32> k = heads(tf, inputs.get(1).floats()); // [batch, heads, others, head width]
    Operand<TFloat32> v = heads(tf, inputs.get(2).floats());
    float scale = (float) (1 / Math.sqrt((double) q.asOutput().shape().get(3)));
    Operand<TFloat32> scores = // [batch, heads, positions, others]
        tf.train.batchMatMul(
            tf.math.mul(q, tf.constant(scale)), k, TFloat32.class, BatchMatMul.adjY(true));
    if (inputs.get(1).real().isPresent()) {
      scores =
          without(tf, scores, tf.dtypes.cast(inputs.get(1).real().get(), TFloat32.class), 1, 1);
    }
    if (reach == Reach.CAUSAL) {
      scores = withoutLater(tf, scores);
    }
    Operand<TFloat32> contexts = // [batch, heads, positions, head width]
        tf.train.batchMatMul(tf.nn.softmax(scores), v, TFloat32.class);
    return queries.with(joined(tf, contexts));
  }

  private Operand<TFloat32> heads(Ops tf, Operand<TFloat32> x) {
    long width = x.asOutput().shape().get(2);
    Operand<TInt32> split =
        Rows.dimensions(tf, x, Shape.UNKNOWN_SIZE, Shape.UNKNOWN_SIZE, heads, width / heads);
    return tf.linalg.transpose(tf.reshape(x, split), tf.constant(new int[] {0, 2, 1, 3}));
  }

  private Operand<TFloat32> joined(Ops tf, Operand<TFloat32> contexts) {
    Operand<TFloat32> x = // [batch, positions, heads, head width]
        tf.linalg.transpose(contexts, tf.constant(new int[] {0, 2, 1, 3}));
    long width = heads * x.asOutput().shape().get(3);
    return tf.reshape(x, Rows.dimensions(tf, x, Shape.UNKNOWN_SIZE, Shape.UNKNOWN_SIZE, width));
  }

  /* Adds NEVER where a mask is 0, with as many axes between its first and its last. */
  private static Operand<TFloat32> without(
      Ops tf, Operand<TFloat32> scores, Operand<TFloat32> mask, int... axes) {
    Operand<TFloat32> penalty = tf.math.mul(tf.math.sub(mask, tf.constant(1f)), tf.constant(NEVER));
    for (int axis : axes) {
      penalty = tf.expandDims(penalty, tf.constant(axis));
    }
    return tf.math.add(scores, penalty);
  }

  private static Operand<TFloat32> withoutLater(Ops tf, Operand<TFloat32> scores) {
    Operand<TInt32> shape = tf.shape(scores);
    Operand<TInt32> positions = tf.gather(shape, tf.constant(2), tf.constant(0));
    Operand<TInt32> others = tf.gather(shape, tf.constant(3), tf.constant(0));
    Operand<TFloat32> ones = tf.fill(tf.stack(List.of(positions, others)), tf.constant(1f));
    Operand<TFloat32> seen = // a query at i looks at keys up to i + others - positions
        tf.linalg.bandPart(ones, tf.constant(-1), tf.math.sub(others, positions));
    return without(tf, scores, seen);
  }
}
