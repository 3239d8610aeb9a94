package org.tfemergence.emergence.trace;

import java.util.Optional;
import java.util.Set;
import org.tensorflow.GraphOperation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.core.Variable;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;

/**
 * A variable, or a constant in its place, that a layer computes with.
 *
 * @param name the variable's name in the session, or the constant's in the graph
 * @param size the number of its values
 * @param source the operation that holds it
 */
record Parameter(String name, long size, GraphOperation source) {
  private static final Set<String> VARIABLES = Set.of("VarHandleOp", "VariableV2", "Variable");
  private static final Set<DataType> FLOATS =
      Set.of(DataType.DT_FLOAT, DataType.DT_DOUBLE, DataType.DT_HALF, DataType.DT_BFLOAT16);
  private static final Set<DataType> WHOLE =
      Set.of(
          DataType.DT_INT8,
          DataType.DT_UINT8,
          DataType.DT_INT16,
          DataType.DT_UINT16,
          DataType.DT_INT32,
          DataType.DT_UINT32,
          DataType.DT_INT64,
          DataType.DT_UINT64,
          DataType.DT_QINT8,
          DataType.DT_QUINT8,
          DataType.DT_QINT16,
          DataType.DT_QUINT16,
          DataType.DT_QINT32);

  private static final String SUFFIX =
      "([/_.](kernel|weights?|embeddings?|gamma|beta|gain|offset|table)|(?<=/)w|:0)(_\\d+)?$";

  /** Returns what an operation holds, if it holds a parameter. */
  static Optional<Parameter> of(GraphOperation operation) {
    if (!VARIABLES.contains(operation.type()) && !operation.type().equals("Const")) {
      return Optional.empty();
    }
    Shape shape = shape(operation);
    if (shape.isUnknown() || shape.hasUnknownDimension()) {
      return Optional.empty();
    }
    String name = operation.name();
    if (operation.type().equals("VarHandleOp") && !Weight.sharedName(operation).isEmpty()) {
      name = Weight.sharedName(operation);
    } else if (operation.type().equals("VariableV2")) {
      String shared = operation.attributes().getAttrValueProto("shared_name").getS().toStringUtf8();
      name = shared.isEmpty() ? name : shared;
    }
    return Optional.of(new Parameter(name, shape.size(), operation));
  }

  /** Tells whether it is a variable, rather than a constant. */
  boolean variable() {
    return VARIABLES.contains(source.type());
  }

  /** Returns the number of its dimensions. */
  int rank() {
    return shape(source).numDimensions();
  }

  /** Returns the type of its values; that of a reference is 100 above. */
  DataType type() {
    DataType type =
        source.type().equals("VarHandleOp")
            ? source.attributes().getAttrType("dtype")
            : source.output(0).dataType();
    return type.getNumber() > 100 ? DataType.forNumber(type.getNumber() - 100) : type;
  }

  /** Tells whether its values are numbers that a layer may weigh with. */
  boolean holdsFloats() {
    return isFloat(type());
  }

  /** Tells whether a type is one of floats. */
  static boolean isFloat(DataType type) {
    return FLOATS.contains(type);
  }

  /**
   * Tells whether its values are whole numbers, with which a layer may weigh once they are cast.
   */
  boolean holdsWhole() {
    return WHOLE.contains(type());
  }

  /** Returns the operation that holds it, as {@code "type 'name'"}. */
  String held() {
    return source.type() + " '" + source.name() + "'";
  }

  /** Tells whether its values lie along one axis at most, as those of a bias do. */
  boolean isVector() {
    long longest = 1;
    for (long dimension : shape(source).asArray()) {
      longest = Math.max(longest, dimension);
    }
    return longest == size;
  }

  /** Returns the name of the layer it belongs to: its own without what says which part it is. */
  String layer() {
    String layer = name.replaceFirst(SUFFIX, "");
    return layer.isBlank() ? name : layer;
  }

  /** Returns the handle on the variable, or why it has none that a session can use. */
  KernelAccess access() {
    if (!variable()) {
      return new KernelAccess.Hidden(held() + " is a constant");
    }
    boolean handle = source.type().equals("VarHandleOp");
    if (type() != DataType.DT_FLOAT) {
      return new KernelAccess.Hidden(held() + " holds " + type() + ", not float32");
    }
    if (handle && Weight.sharedName(source).isEmpty()) {
      return new KernelAccess.Hidden(held() + " has no shared name, so that no session finds it");
    }
    return new KernelAccess.Visible(
        handle ? Weight.of(new VarHandleOp(source)) : Weight.of(new Variable<TFloat32>(source)));
  }

  private static Shape shape(GraphOperation operation) {
    return operation.type().equals("VarHandleOp")
        ? operation.attributes().getAttrShape("shape")
        : operation.output(0).shape();
  }
}
