package org.tfemergence.emergence.trace;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** How many tensors the arguments and results of operations and functions are. */
final class Signatures {
  private final Map<String, OpDef> operations = new HashMap<>();

  /**
   * An argument of an operation.
   *
   * @param size how many tensors it is
   * @param list whether it is a list, which may be of one tensor or none
   */
  record Argument(int size, boolean list) {}

  Signatures(Map<String, FunctionDef> functions) {
    TensorFlow.registeredOpList().getOpList().forEach(op -> operations.put(op.getName(), op));
    functions.forEach((name, function) -> operations.put(name, function.getSignature()));
  }

  /**
   * Returns at which of a node's outputs one of its named results begins.
   *
   * @param outer the attributes of the function that the node stands in
   */
  int offset(NodeDef node, String result, Map<String, AttrValue> outer) {
    OpDef operation = operations.get(node.getOp());
    if (operation == null) {
      throw new IllegalArgumentException(
          "operation " + node.getOp() + " '" + node.getName() + "' is not known to TensorFlow");
    }
    Map<String, AttrValue> attributes = new HashMap<>();
    node.getAttrMap()
        .forEach(
            (key, value) -> attributes.put(key, outer.getOrDefault(value.getPlaceholder(), value)));
    int offset = 0;
    for (OpDef.ArgDef argument : operation.getOutputArgList()) {
      if (argument.getName().equals(result)) {
        return offset;
      }
      offset += size(argument, attributes);
    }
    throw new IllegalArgumentException(
        "operation " + node.getOp() + " '" + node.getName() + "' has no output '" + result + "'");
  }

  /** Returns the arguments of a node of an operation. */
  List<Argument> inputs(NodeDef node) {
    return operations.get(node.getOp()).getInputArgList().stream()
        .map(
            argument ->
                new Argument(
                    size(argument, node.getAttrMap()),
                    !argument.getNumberAttr().isEmpty() || !argument.getTypeListAttr().isEmpty()))
        .toList();
  }

  /** Returns how many tensors an argument is. */
  static int size(OpDef.ArgDef argument, Map<String, AttrValue> attributes) {
    if (!argument.getNumberAttr().isEmpty()) {
      return Math.toIntExact(attributes.get(argument.getNumberAttr()).getI());
    }
    if (!argument.getTypeListAttr().isEmpty()) {
      return attributes.get(argument.getTypeListAttr()).getList().getTypeCount();
    }
    return 1;
  }

  /** Returns the type of each tensor of an argument. */
  static List<DataType> types(OpDef.ArgDef argument, Map<String, AttrValue> attributes) {
    if (!argument.getTypeListAttr().isEmpty()) {
      return attributes.get(argument.getTypeListAttr()).getList().getTypeList();
    }
    DataType type =
        argument.getTypeAttr().isEmpty()
            ? argument.getType()
            : attributes.get(argument.getTypeAttr()).getType();
    return Collections.nCopies(size(argument, attributes), type);
  }
}
