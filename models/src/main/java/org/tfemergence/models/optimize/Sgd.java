package org.tfemergence.models.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.ResourceApplyMomentum;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * Stochastic gradient descent, with or without momentum.
 *
 * <pre>{@code
 * v <- momentum v + g
 * w <- w - learningRate v                   (classical)
 * w <- w - learningRate (g + momentum v)    (Nesterov's)
 * }</pre>
 *
 * @param momentum the share of the last update that goes on, in [0, 1); 0 keeps no state
 * @param kind where the gradient is looked at; of no effect without momentum
 */
public record Sgd(double momentum, Momentum kind) implements Optimizer {
  /** Where momentum has the gradient looked at. */
  public enum Momentum {
    /** Where the weights are (Polyak's). */
    CLASSICAL,
    /** Where the momentum will take them (Nesterov's, in the form of Sutskever et al. 2013). */
    NESTEROV
  }

  /**
   * Creates the optimizer.
   *
   * @throws IllegalArgumentException if the momentum is not in [0, 1)
   */
  public Sgd {
    Objects.requireNonNull(kind, "kind");
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException("momentum must be in [0, 1), got " + momentum);
    }
  }

  /**
   * Creates the optimizer with classical momentum.
   *
   * @param momentum the share of the last update that goes on, in [0, 1)
   * @throws IllegalArgumentException if the momentum is not in [0, 1)
   */
  public Sgd(double momentum) {
    this(momentum, Momentum.CLASSICAL);
  }

  /**
   * Returns the optimizer with Nesterov's momentum.
   *
   * @param momentum the share of the last update that goes on, in [0, 1)
   * @return the optimizer
   * @throws IllegalArgumentException if the momentum is not in [0, 1)
   */
  public static Sgd nesterov(double momentum) {
    return new Sgd(momentum, Momentum.NESTEROV);
  }

  /** Creates the optimizer without momentum. */
  public Sgd() {
    this(0);
  }

  @Override
  public Op update(
      Ops tf, Variables variables, List<Gradient> gradients, Operand<TFloat32> learningRate) {
    Ops gated = tf.withControlDependencies(Gradient.computed(tf, gradients));
    Operand<TFloat32> goesOn = tf.constant((float) momentum);
    List<Op> updates = new ArrayList<>();
    for (Gradient gradient : gradients) {
      Variable weight = gradient.variable();
      if (momentum == 0) {
        updates.add(
            gated.train.resourceApplyGradientDescent(
                weight.handle(), learningRate, gradient.value()));
      } else {
        Variable velocity =
            variables.add(
                "optimizer/momentum/" + weight.name(), weight.shape(), Variable.Role.STATE, 0);
        updates.add(
            gated.train.resourceApplyMomentum(
                weight.handle(),
                velocity.handle(),
                learningRate,
                gradient.value(),
                goesOn,
                ResourceApplyMomentum.useLocking(true),
                ResourceApplyMomentum.useNesterov(kind == Momentum.NESTEROV)));
      }
    }
    return tf.withControlDependencies(updates).withName("update").noOp();
  }
}
