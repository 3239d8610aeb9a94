package org.tfemergence.models.optimize;

import java.util.List;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.variable.Variables;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2, with the
 * decay scaled by the learning rate as in PyTorch).
 *
 * <pre>{@code
 * w <- w - learningRate rate w,   then Adam's step
 * }</pre>
 *
 * @param adam the step
 * @param decay how strongly weights decay, and which
 */
public record AdamW(Adam adam, WeightDecay decay) implements Optimizer {
  /** Creates the optimizer. */
  public AdamW {
    Objects.requireNonNull(adam, "adam");
    Objects.requireNonNull(decay, "decay");
  }

  /**
   * Creates the optimizer with Adam's usual values, whose kernels and embeddings decay.
   *
   * @param rate the decay's strength, finite and not negative
   * @throws IllegalArgumentException if the rate is negative or not finite
   */
  public AdamW(double rate) {
    this(new Adam(), WeightDecay.of(rate));
  }

  @Override
  public Op update(
      Ops tf, Variables variables, List<Gradient> gradients, Operand<TFloat32> learningRate) {
    return adam.update(tf, variables, gradients, learningRate, decay);
  }
}
