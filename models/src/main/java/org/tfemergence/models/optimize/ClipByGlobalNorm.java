package org.tfemergence.models.optimize;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * Scales all gradients together when their norm exceeds a bound (Pascanu, Mikolov and Bengio, arXiv
 * 1211.5063, algorithm 1): the direction stays.
 *
 * <pre>{@code
 * g <- g min(1, bound / sqrt(sum g^2))
 * }</pre>
 *
 * <p>The norm is that of all gradients, right also where their squares are beyond float32. If one
 * is NaN or infinite, the run fails before any weight has changed.
 *
 * @param bound the greatest norm, finite and positive
 */
/*
 * The squares of what is greater than 1.8e19 are infinite, those of what is less than 1e-19 lose
 * digits or vanish. Then, and only then, gradients are divided by the greatest of their magnitudes
 * first: Switch and Merge have one of both ways computed.
 */
public record ClipByGlobalNorm(double bound) implements GradientTransform {
  private static final float LEAST_PLAIN = 1e-15f;
  private static final float GREATEST_PLAIN = 1e19f;

  /**
   * Creates the transform.
   *
   * @throws IllegalArgumentException if the bound is not finite and positive
   */
  public ClipByGlobalNorm {
    if (!(bound > 0 && Double.isFinite(bound))) {
      throw new IllegalArgumentException("clip bound must be finite and positive, got " + bound);
    }
  }

  @Override
  public ImmutableList<Gradient> apply(Ops tf, List<Gradient> gradients) {
    Operand<TFloat32> excess = excess(tf, gradients.stream().map(Gradient::value).toList());
    Operand<TFloat32> fourfold = // a quarter of what float32 holds has an inverse
        FiniteGate.pass(
            tf,
            tf.math.mul(excess, tf.constant(4f)),
            "the norm of the gradients, in clip bounds of " + bound);
    Operand<TFloat32> factor = // of a norm of zero, 1
        tf.math.reciprocal(
            tf.math.maximum(tf.math.mul(fourfold, tf.constant(0.25f)), tf.constant(1f)));
    return gradients.stream()
        .map(gradient -> gradient.with(tf.math.mul(gradient.value(), factor)))
        .collect(ImmutableList.toImmutableList());
  }

  /* How many bounds the norm is long. */
  private Operand<TFloat32> excess(Ops tf, List<Operand<TFloat32>> values) {
    Operand<TFloat32> length = tf.constant((float) bound);
    Operand<TFloat32> norm = norm(tf, values);
    Operand<TBool> plain = // not if it is NaN
        tf.math.logicalAnd(
            tf.math.greater(norm, tf.constant(LEAST_PLAIN)),
            tf.math.less(norm, tf.constant(GREATEST_PLAIN)));
    List<Operand<TFloat32>> far =
        values.stream()
            .<Operand<TFloat32>>map(value -> tf.switchCond(value, plain).outputFalse())
            .toList();
    Operand<TFloat32> scale = // NaN may be lost here, not in the quotients
        tf.math.maximum(greatest(tf, far), tf.constant(Float.MIN_NORMAL));
    Operand<TFloat32> unit =
        norm(tf, far.stream().<Operand<TFloat32>>map(value -> tf.math.div(value, scale)).toList());
    return tf.merge(
            List.<Operand<TFloat32>>of(
                tf.math.div(tf.switchCond(norm, plain).outputTrue(), length),
                tf.math.mul(tf.math.div(scale, length), unit)))
        .output();
  }

  private static Operand<TFloat32> norm(Ops tf, List<Operand<TFloat32>> values) {
    List<Operand<TFloat32>> halves = // of the sums of squares
        values.stream().<Operand<TFloat32>>map(value -> tf.nn.l2Loss(value)).toList();
    return tf.math.sqrt(tf.math.mul(tf.math.addN(halves), tf.constant(2f)));
  }

  private static Operand<TFloat32> greatest(Ops tf, List<Operand<TFloat32>> values) {
    List<Operand<TFloat32>> each =
        values.stream()
            .<Operand<TFloat32>>map(
                value ->
                    tf.max(
                        tf.reshape(tf.math.abs(value), tf.constant(new int[] {-1})),
                        tf.constant(0)))
            .toList();
    return tf.max(tf.stack(each), tf.constant(0));
  }
}
