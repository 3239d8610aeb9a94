package org.tfemergence.models.optimize;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tensorflow.op.Ops;

/**
 * What is done to gradients before an optimizer sees them: clipping, a penalty. Transforms are
 * composed by {@link #then}; what is written first is done first.
 *
 * <pre>{@code
 * GradientTransform.weightDecay(1e-4).then(GradientTransform.clipByGlobalNorm(1))
 * }</pre>
 */
@FunctionalInterface
public interface GradientTransform {
  /**
   * Adds the operations of the transform.
   *
   * @param tf where to add them
   * @param gradients the gradient of each weight
   * @return other gradients of the same weights, in the same order
   */
  ImmutableList<Gradient> apply(Ops tf, List<Gradient> gradients);

  /**
   * Returns the transform that changes nothing.
   *
   * @return the same instance each time
   */
  static GradientTransform none() {
    return Chain.EMPTY;
  }

  /**
   * Returns the clipping by the norm of the whole gradient.
   *
   * @param bound the greatest norm, finite and positive
   * @return the transform
   * @see ClipByGlobalNorm
   */
  static GradientTransform clipByGlobalNorm(double bound) {
    return new ClipByGlobalNorm(bound);
  }

  /**
   * Returns the L2 penalty on kernels and embeddings.
   *
   * @param rate its strength, finite and not negative
   * @return the transform
   * @see L2Penalty
   */
  static GradientTransform weightDecay(double rate) {
    return new L2Penalty(WeightDecay.of(rate));
  }

  /**
   * Returns this transform followed by another.
   *
   * @param next what works on the gradients that this one gives
   * @return both
   */
  default GradientTransform then(GradientTransform next) {
    return new Chain(ImmutableList.of(this, next));
  }
}
