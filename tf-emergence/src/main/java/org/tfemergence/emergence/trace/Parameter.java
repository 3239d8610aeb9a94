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
      Set.of(
          DataType.DT_FLOAT,
          DataType.DT_FLOAT_REF,
          DataType.DT_DOUBLE,
          DataType.DT_DOUBLE_REF,
          DataType.DT_HALF,
          DataType.DT_HALF_REF,
          DataType.DT_BFLOAT16,
          DataType.DT_BFLOAT16_REF);
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

  /** Tells whether its values are numbers that a layer may weigh with. */
  boolean holdsFloats() {
    DataType type =
        source.type().equals("VarHandleOp")
            ? source.attributes().getAttrType("dtype")
            : source.output(0).dataType();
    return FLOATS.contains(type);
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
    DataType type = handle ? source.attributes().getAttrType("dtype") : source.output(0).dataType();
    if (type != DataType.DT_FLOAT && type != DataType.DT_FLOAT_REF) {
      return new KernelAccess.Hidden(held() + " holds " + type + ", not float32");
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
