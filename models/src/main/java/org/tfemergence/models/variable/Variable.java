package org.tfemergence.models.variable;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;

/**
 * A float32 resource variable of a graph; {@link Variables} makes it.
 *
 * @param name its name, unique in the graph, and its key in checkpoints
 * @param shape its shape, fully known
 * @param handle its handle
 * @param trainable whether training updates it; if not, it is state, such as an optimizer's slot
 */
public record Variable(String name, Shape shape, VarHandleOp handle, boolean trainable) {
  /**
   * Adds an operation that reads the variable.
   *
   * @param tf where to add it
   * @return the value
   */
  public Operand<TFloat32> read(Ops tf) {
    return tf.readVariableOp(handle, TFloat32.class);
  }

  /**
   * Returns the variable as the other libraries take it.
   *
   * @return a handle on this variable
   */
  public Weight weight() {
    return Weight.of(handle);
  }
}
