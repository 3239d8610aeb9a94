package org.tfemergence.models.variable;

import java.util.Objects;
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
 * @param role what it is for
 */
public record Variable(String name, Shape shape, VarHandleOp handle, Role role) {
  /** Refuses null. */
  public Variable {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(shape, "shape");
    Objects.requireNonNull(handle, "handle");
    Objects.requireNonNull(role, "role");
  }

  /** What a variable is for: by it, groups of parameters are told apart. */
  public enum Role {
    /** The weights of a layer. */
    KERNEL,
    /** A table of vectors by number. */
    EMBEDDING,
    /** What a layer adds. */
    BIAS,
    /** The gain or offset of a normalization. */
    NORMALIZATION,
    /** Part of the model but not trained: a moving average. */
    STATISTIC,
    /** Part of the training, not of the model: an optimizer's slot. */
    STATE
  }

  /**
   * Tells whether gradients update it.
   *
   * @return whether it is neither a statistic nor state
   */
  public boolean trainable() {
    return role != Role.STATISTIC && role != Role.STATE;
  }

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
