package org.tfemergence.models.optimize;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.variable.Variable;

/**
 * Scales all gradients together when their norm exceeds a bound (Pascanu, Mikolov and Bengio, arXiv
 * 1211.5063, algorithm 1): the direction stays.
 *
 * <pre>{@code
 * g <- g min(1, bound / sqrt(sum g^2))
 * }</pre>
 *
 * <p>The sum leaves out the elements of kernels that are exactly zero: they are pruned, their
 * gradient comes to nothing, and a network should not learn more slowly for weights that it no
 * longer has [ours]. A kernel that begins at exactly zero, without being pruned, counts from its
 * second update on.
 *
 * @param bound the greatest norm, finite and positive
 */
public record ClipByGlobalNorm(double bound) implements GradientTransform {
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
    List<Operand<TFloat32>> squares = new ArrayList<>();
    for (Gradient gradient : gradients) {
      squares.add(tf.nn.l2Loss(living(tf, gradient))); // half the sum of squares
    }
    Operand<TFloat32> norm = tf.math.sqrt(tf.math.mul(tf.math.addN(squares), tf.constant(2f)));
    Operand<TFloat32> factor = // of a norm of zero, 1
        tf.math.minimum(tf.constant(1f), tf.math.div(tf.constant((float) bound), norm));
    return gradients.stream()
        .map(gradient -> gradient.with(tf.math.mul(gradient.value(), factor)))
        .collect(ImmutableList.toImmutableList());
  }

  private static Operand<TFloat32> living(Ops tf, Gradient gradient) {
    if (gradient.variable().role() != Variable.Role.KERNEL) {
      return gradient.value();
    }
    Operand<TFloat32> zero = tf.constant(0f);
    return tf.select(tf.math.equal(gradient.variable().read(tf), zero), zero, gradient.value());
  }
}
