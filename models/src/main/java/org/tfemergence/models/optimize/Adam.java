package org.tfemergence.models.optimize;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.ResourceApplyAdam;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * Adam (Kingma and Ba, arXiv 1412.6980, with the bias correction in the step size as at the end of
 * its section 2).
 *
 * <pre>{@code
 * m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
 * w <- w - learningRate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)
 * }</pre>
 *
 * Unlike TensorFlow Java's own, it advances the powers of the betas only after all weights have
 * been updated with them, so that training is repeatable.
 *
 * @param beta1 the decay of the mean of gradients, in [0, 1)
 * @param beta2 the decay of the mean of squared gradients, in [0, 1)
 * @param epsilon what keeps the division finite, positive
 */
public record Adam(double beta1, double beta2, double epsilon) implements Optimizer {
  /**
   * Creates the optimizer.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public Adam {
    if (!(beta1 >= 0 && beta1 < 1)) {
      throw new IllegalArgumentException("beta1 must be in [0, 1), got " + beta1);
    }
    if (!(beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException("beta2 must be in [0, 1), got " + beta2);
    }
    if (!(epsilon > 0 && Double.isFinite(epsilon))) {
      throw new IllegalArgumentException("epsilon must be finite and positive, got " + epsilon);
    }
  }

  /** Creates the optimizer with the paper's values, 0.9, 0.999 and 1e-8. */
  public Adam() {
    this(0.9, 0.999, 1e-8);
  }

  @Override
  public Op update(
      Ops tf, Variables variables, List<Gradient> gradients, Operand<TFloat32> learningRate) {
    return update(tf, variables, gradients, learningRate, WeightDecay.of(0));
  }

  /* The decay goes first: it works on the weights as they were before the step. */
  Op update(
      Ops tf,
      Variables variables,
      List<Gradient> gradients,
      Operand<TFloat32> learningRate,
      WeightDecay decay) {
    Variable power1 =
        variables.add(
            "optimizer/adam/beta1_power", Shape.scalar(), Variable.Role.STATE, (float) beta1);
    Variable power2 =
        variables.add(
            "optimizer/adam/beta2_power", Shape.scalar(), Variable.Role.STATE, (float) beta2);
    Operand<TFloat32> power1Now = power1.read(tf);
    Operand<TFloat32> power2Now = power2.read(tf);
    Ops gated = tf.withControlDependencies(Gradient.computed(tf, gradients));
    Operand<TFloat32> shrunk =
        tf.math.mul(learningRate, tf.constant((float) decay.rate())); // learningRate lambda
    Operand<TFloat32> keptMean = tf.constant((float) beta1);
    Operand<TFloat32> keptSquare = tf.constant((float) beta2);
    Operand<TFloat32> added = tf.constant((float) epsilon);
    List<Op> applied = new ArrayList<>();
    for (Gradient gradient : gradients) {
      Variable weight = gradient.variable();
      Variable mean =
          variables.add(
              "optimizer/adam/m/" + weight.name(), weight.shape(), Variable.Role.STATE, 0);
      Variable square =
          variables.add(
              "optimizer/adam/v/" + weight.name(), weight.shape(), Variable.Role.STATE, 0);
      Ops then = gated;
      if (decay.worksOn(weight)) {
        then =
            tf.withControlDependencies(
                gated.assignSubVariableOp(
                    weight.handle(), gated.math.mul(weight.read(gated), shrunk)));
      }
      applied.add(
          then.train.resourceApplyAdam(
              weight.handle(),
              mean.handle(),
              square.handle(),
              power1Now,
              power2Now,
              learningRate,
              keptMean,
              keptSquare,
              added,
              gradient.value(),
              ResourceApplyAdam.useLocking(true)));
    }
    Ops after = tf.withControlDependencies(applied);
    List<Op> advanced = new ArrayList<>(applied);
    advanced.add(after.assignVariableOp(power1.handle(), after.math.mul(power1Now, keptMean)));
    advanced.add(after.assignVariableOp(power2.handle(), after.math.mul(power2Now, keptSquare)));
    return tf.withControlDependencies(advanced).withName("update").noOp();
  }
}
