package org.tfemergence.emergence.trace;

import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.graph.Weight;

/**
 * What a layer multiplies with.
 *
 * @param first the parameter that it is, or the first of those that it is computed from
 * @param learnt all that is learnt of what it is computed from
 * @param access whether its weights can be read
 */
record Kernel(Parameter first, Learnt learnt, KernelAccess access) {
  /**
   * Returns the same kernel, as used by an operation that turns its axes round.
   *
   * @param used the tensor that the operation takes; a variable of another shape is no transpose
   * @param by the operation
   */
  Kernel turned(Shape used, String by) {
    if (!(access instanceof KernelAccess.Visible visible)) {
      return this;
    }
    Weight weight = visible.weight();
    boolean matrix = weight.shape().numDimensions() == 2 && Tensors.same(weight.shape(), used);
    return new Kernel(
        first,
        learnt,
        matrix
            ? new KernelAccess.Visible(weight.transposed())
            : new KernelAccess.Hidden(by + " takes it in another order"));
  }
}
