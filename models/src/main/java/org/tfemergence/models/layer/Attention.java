package org.tfemergence.models.layer;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
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
 * Keys that are padding get no weight; if all are, all weigh the same. Queries, keys and values are
 * made by dense layers before it, which count; it has no variables and does not count.
 *
 * <p>In a training step each weight of the softmax may be dropped, as {@link Dropout} drops values;
 * the others are divided by {@code 1 - dropout}.
 *
 * @param name its name
 * @param heads the number of heads, which divides the widths, at least 1
 * @param reach which positions may be looked at: all, or none that come later
 * @param dropout the probability that a weight is dropped in training, in [0, 1)
 */
public record Attention(String name, int heads, Reach reach, double dropout)
    implements WiringLayer {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name, {@code heads < 1}, the
   *     reach is {@link Reach#SELF}, or the dropout not in [0, 1)
   */
  public Attention {
    Objects.requireNonNull(reach, "reach");
    Require.name(name);
    Require.that(heads >= 1, name, "heads must be at least 1", heads);
    Require.that(reach != Reach.SELF, name, "reach must be ALL or CAUSAL", reach);
    Require.that(dropout >= 0 && dropout < 1, name, "dropout must be in [0, 1)", dropout);
  }

  /**
   * Creates the description of a layer that drops no weight.
   *
   * @param name its name
   * @param heads the number of heads, which divides the widths, at least 1
   * @param reach which positions may be looked at
   * @throws IllegalArgumentException if TensorFlow does not accept the name, {@code heads < 1}, or
   *     the reach is {@link Reach#SELF}
   */
  public Attention(String name, int heads, Reach reach) {
    this(name, heads, reach, 0);
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
    Value keys = inputs.get(1); // [batch, others, width]
    Operand<TFloat32> weights = // [batch, heads, positions, others]
        Heads.weights(
            tf,
            Heads.split(tf, queries.floats(), heads),
            Heads.split(tf, keys.floats(), heads),
            hidden(tf, keys));
    return queries.with(
        Heads.mix(
            tf,
            Dropout.dropped(pass, name, dropout, weights),
            Heads.split(tf, inputs.get(2).floats(), heads)));
  }

  /* To be broadcast to [batch, heads, positions, others]. */
  private Optional<Operand<TFloat32>> hidden(Ops tf, Value keys) {
    Optional<Operand<TFloat32>> padding =
        keys.real()
            .map(real -> Heads.hiding(tf, tf.dtypes.cast(real, TFloat32.class)))
            .map(row -> tf.expandDims(tf.expandDims(row, tf.constant(1)), tf.constant(1)));
    if (reach == Reach.ALL) {
      return padding;
    }
    Operand<TFloat32> later = Heads.hiding(tf, before(tf, keys)); // [positions, positions]
    return Optional.of(padding.isPresent() ? tf.math.add(padding.get(), later) : later);
  }

  /* 1 where a key does not come later than a query. */
  private static Operand<TFloat32> before(Ops tf, Value keys) {
    Operand<TInt32> positions = tf.gather(tf.shape(keys.tensor()), tf.constant(1), tf.constant(0));
    Operand<TFloat32> ones = tf.fill(tf.stack(List.of(positions, positions)), tf.constant(1f));
    return tf.linalg.bandPart(ones, tf.constant(-1), tf.constant(0));
  }
}
