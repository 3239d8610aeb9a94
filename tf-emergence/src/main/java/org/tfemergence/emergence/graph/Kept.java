package org.tfemergence.emergence.graph;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.family.TType;

/** What is kept on the device from one run to the next: variables, neither trained nor saved. */
final class Kept {
  private Kept() {}

  /**
   * Adds a variable without a first value.
   *
   * @param tf where to add it
   * @param role what to call it; no two variables of a graph get the same name
   */
  static VarHandleOp variable(Ops tf, String role, Shape shape, Class<? extends TType> type) {
    String name = tf.scope().makeOpName(role);
    return tf.withName("handle").varHandleOp(type, shape, VarHandleOp.sharedName(name));
  }
}
