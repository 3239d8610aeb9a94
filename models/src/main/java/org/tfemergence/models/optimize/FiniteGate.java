package org.tfemergence.models.optimize;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A number that an update hangs on, such as a loss or the norm of gradients: if it is NaN or
 * infinite the run fails before any variable has changed.
 */
public final class FiniteGate {
  private static final String REFUSED = "update refused: ";

  private FiniteGate() {}

  /**
   * Adds the gate.
   *
   * @param tf where to add it
   * @param number a scalar
   * @param what what the number is, for the message
   * @return the same number; whatever is computed from it, or waits for it, is not done unless it
   *     is finite
   */
  public static Operand<TFloat32> pass(Ops tf, Operand<TFloat32> number, String what) {
    return tf.debugging.checkNumerics(number, REFUSED + what);
  }

  /**
   * Tells whether a run failed at a gate.
   *
   * @param failure what the run threw
   * @return whether nothing that waits for the gate was done
   */
  public static boolean refused(RuntimeException failure) {
    return failure.getMessage() != null && failure.getMessage().contains(REFUSED);
  }
}
