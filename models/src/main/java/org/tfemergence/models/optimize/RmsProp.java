package org.tfemergence.models.optimize;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.ResourceApplyRmsProp;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * RMSProp (Tieleman and Hinton 2012), the plain one: not centred.
 *
 * <pre>{@code
 * s <- decay s + (1 - decay) g^2
 * v <- momentum v + learningRate g / sqrt(s + epsilon)
 * w <- w - v
 * }</pre>
 *
 * <p>As TensorFlow has it: epsilon lies inside the root, and the learning rate in the momentum.
 * Both averages begin at zero.
 *
 * @param decay the decay of the mean of squared gradients, in [0, 1)
 * @param momentum the share of the last update that goes on, in [0, 1)
 * @param epsilon what keeps the division finite, positive
 */
public record RmsProp(double decay, double momentum, double epsilon) implements Optimizer {
  /**
   * Creates the optimizer.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public RmsProp {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException("decay must be in [0, 1), got " + decay);
    }
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException("momentum must be in [0, 1), got " + momentum);
    }
    if (!(epsilon > 0 && Double.isFinite(epsilon))) {
      throw new IllegalArgumentException("epsilon must be finite and positive, got " + epsilon);
    }
  }

  /** Creates the optimizer with decay 0.9, no momentum and epsilon 1e-7. */
  public RmsProp() {
    this(0.9, 0, 1e-7);
  }

  @Override
  public Op update(
      Ops tf, Variables variables, List<Gradient> gradients, Operand<TFloat32> learningRate) {
    Ops gated = tf.withControlDependencies(Gradient.computed(tf, gradients));
    Operand<TFloat32> keptSquare = tf.constant((float) decay);
    Operand<TFloat32> keptMomentum = tf.constant((float) momentum);
    Operand<TFloat32> added = tf.constant((float) epsilon);
    List<Op> updates = new ArrayList<>();
    for (Gradient gradient : gradients) {
      Variable weight = gradient.variable();
      updates.add(
          gated.train.resourceApplyRmsProp(
              weight.handle(),
              state(variables, "square", weight).handle(),
              state(variables, "momentum", weight).handle(),
              learningRate,
              keptSquare,
              keptMomentum,
              added,
              gradient.value(),
              ResourceApplyRmsProp.useLocking(true)));
    }
    return tf.withControlDependencies(updates).withName("update").noOp();
  }

  private static Variable state(Variables variables, String kind, Variable weight) {
    return variables.add(
        "optimizer/rmsprop/" + kind + "/" + weight.name(), weight.shape(), Variable.Role.STATE, 0);
  }
}
