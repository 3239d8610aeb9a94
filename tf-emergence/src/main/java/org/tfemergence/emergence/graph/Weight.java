package org.tfemergence.emergence.graph;

import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.core.Variable;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * A handle on one float32 variable of a graph, whichever of TensorFlow's two kinds it is: {@code
 * tf.variable} (VariableV2) or a resource variable ({@code tf.varHandleOp}).
 */
public final class Weight {
  private final String name;
  private final Shape shape;
  private final Operand<?> handle;
  private final boolean transposed;

  private Weight(String name, Shape shape, Operand<?> handle) {
    this(name, shape, handle, false);
  }

  private Weight(String name, Shape shape, Operand<?> handle, boolean transposed) {
    GraphLimits.requirePlainDigits();
    if (shape.isUnknown() || shape.hasUnknownDimension()) {
      throw new IllegalArgumentException(
          "variable '" + name + "' must have a known shape, got " + shape);
    }
    GraphLimits.requireSize("variable '" + name + "'", shape);
    this.name = name;
    this.shape = shape;
    this.handle = handle;
    this.transposed = transposed;
  }

  /**
   * Wraps a reference variable, as {@code tf.variable} makes it.
   *
   * @param variable the variable
   * @return its handle, named like the variable's operation
   * @throws IllegalArgumentException if the variable's shape is not fully known, or of 2^61 values
   *     or more
   * @throws IllegalStateException if the default locale has digits of its own
   */
  public static Weight of(Variable<TFloat32> variable) {
    return new Weight(variable.op().name(), variable.asOutput().shape(), variable);
  }

  /**
   * Wraps a resource variable.
   *
   * @param variable the variable's handle, with a shared name
   * @return its handle, named by the shared name
   * @throws IllegalArgumentException if it is not of float32, has no shared name (two such
   *     variables would be one), or its shape is not fully known, or of 2^61 values or more
   * @throws IllegalStateException if the default locale has digits of its own
   */
  public static Weight of(VarHandleOp variable) {
    GraphOperation operation = (GraphOperation) variable.op();
    String name = sharedName(operation);
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          "variable '"
              + operation.name()
              + "' must have a shared name; without one, all such"
              + " variables of a session are the same");
    }
    DataType type = operation.attributes().getAttrType("dtype");
    if (type != DataType.DT_FLOAT) {
      throw new IllegalArgumentException(
          "variable '" + name + "' must be of type DT_FLOAT, got " + type);
    }
    return new Weight(name, operation.attributes().getAttrShape("shape"), variable);
  }

  /**
   * Returns a handle on the same variable, as the kernel of a layer that multiplies by its
   * transpose (a product with {@code transposeB}, logits tied to an embedding's table): where
   * others are [in, out], it is [out, in]. Reading and writing it are not affected.
   *
   * @return the handle
   * @throws IllegalArgumentException if the variable is no matrix
   */
  public Weight transposed() {
    if (shape.numDimensions() != 2) {
      throw new IllegalArgumentException(
          "variable '" + name + "' must be a matrix to be used transposed, got " + shape);
    }
    return new Weight(name, shape, handle, !transposed);
  }

  /**
   * Tells whether this is the kernel of a layer that multiplies by its transpose.
   *
   * @return whether it is [out, in]
   */
  public boolean isTransposed() {
    return transposed;
  }

  /**
   * Returns the name by which a session knows a resource variable.
   *
   * @param handle an operation of type VarHandleOp
   * @return its shared name; empty if it has none
   */
  public static String sharedName(GraphOperation handle) {
    // getAttrString gives stray bytes of memory for an empty string.
    return handle.attributes().getAttrValueProto("shared_name").getS().toStringUtf8();
  }

  /**
   * Returns the variable's name.
   *
   * @return the name, unique in its graph
   */
  public String name() {
    return name;
  }

  /**
   * Returns the variable's shape.
   *
   * @return the shape, fully known
   */
  public Shape shape() {
    return shape;
  }

  /**
   * Returns the number of the variable's values.
   *
   * @return the product of its dimensions
   */
  public long size() {
    return shape.size();
  }

  /**
   * Returns where to add operations on the variable's values.
   *
   * @param tf the graph
   * @return the same, on the device that was asked for the variable, if one was
   */
  public Ops beside(Ops tf) {
    return Placement.beside(tf, handle);
  }

  /**
   * Adds an operation that reads the variable. Gradients do not pass it.
   *
   * @param tf where to add it; its control dependencies say what must have happened before
   * @return the value
   */
  @SuppressWarnings("unchecked") // a handle that is not a resource is a Variable<TFloat32>
  public Operand<TFloat32> read(Ops tf) {
    return handle instanceof VarHandleOp
        ? tf.readVariableOp(handle, TFloat32.class)
        : copy(tf, (Operand<TFloat32>) handle);
  }

  /**
   * Adds an operation that writes the variable.
   *
   * @param tf where to add it
   * @param value the new value, of the variable's shape
   * @return the operation
   */
  @SuppressWarnings("unchecked") // as in read
  public Op assign(Ops tf, Operand<TFloat32> value) {
    return handle instanceof VarHandleOp
        ? tf.assignVariableOp(handle, value)
        : tf.assign((Operand<TFloat32>) handle, value);
  }

  /*
   * Not an identity, nor a copy: TensorFlow's arithmetic optimizer lets IsFinite and Cast overtake
   * whatever it knows to preserve values, out of reach of the control dependencies, and they see the
   * variable as it was before. It does not know that the maximum of a value and itself is one.
   */
  private static Operand<TFloat32> copy(Ops tf, Operand<TFloat32> variable) {
    return tf.math.maximum(variable, variable);
  }

  @Override
  public String toString() {
    return name + shape;
  }
}
