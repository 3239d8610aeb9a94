package org.tfemergence.models.optimize;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.variable.Variables;

/** A rule by which gradients change weights. Immutable; its state is variables of the graph. */
public interface Optimizer {
  /**
   * Adds the operations of an update.
   *
   * @param tf where to add them; no weight changes before all gradients are computed
   * @param variables where to make the optimizer's own variables, named {@code optimizer/...}
   * @param gradients the gradient of each weight
   * @param learningRate the learning rate, a scalar
   * @return the operation that completes the update
   */
  Op update(Ops tf, Variables variables, List<Gradient> gradients, Operand<TFloat32> learningRate);
}
