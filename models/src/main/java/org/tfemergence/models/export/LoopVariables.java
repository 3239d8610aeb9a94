package org.tfemergence.models.export;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorShapeProto;

/** Hands the variables of a graph to the loops that read them. */
/*
 * TensorFlow Java cannot pass a variable to a function, so the body of a loop has handles of its
 * own, which find the variables by name. Python gives the variables that a SavedModel lists other
 * names, and the body would find none. So each handle of the body becomes an argument, which the
 * body hands on and the condition leaves alone.
 */
final class LoopVariables {
  private static final String HANDLE = "VarHandleOp";

  private LoopVariables() {}

  /** Changes a graph in place. */
  static void pass(GraphDef.Builder graph) {
    Map<String, String> handles = new LinkedHashMap<>(); // by the variable's name, the node's
    for (NodeDef node : graph.getNodeList()) {
      if (node.getOp().equals(HANDLE)) {
        handles.put(variable(node), node.getName());
      }
    }
    Map<String, FunctionDef.Builder> functions = new LinkedHashMap<>();
    graph
        .getLibraryBuilder()
        .getFunctionBuilderList()
        .forEach(function -> functions.put(function.getSignature().getName(), function));
    for (NodeDef.Builder node : graph.getNodeBuilderList()) {
      if (node.getOp().equals("While")) {
        FunctionDef.Builder body = functions.get(function(node, "body"));
        List<String> variables = takeArguments(body);
        addArguments(functions.get(function(node, "cond")), variables.size());
        addInputs(node, variables.stream().map(handles::get).toList());
      }
    }
  }

  private static String variable(NodeDef handle) {
    return handle.getAttrOrThrow("shared_name").getS().toStringUtf8();
  }

  private static String function(NodeDef.Builder node, String attribute) {
    return node.getAttrOrThrow(attribute).getFunc().getName();
  }

  private static String argument(int number) {
    return "variable_" + number;
  }

  /* Makes arguments of a body's handles; returns the names of the variables, in their order. */
  private static List<String> takeArguments(FunctionDef.Builder body) {
    List<String> variables = new ArrayList<>();
    List<NodeDef.Builder> rest = new ArrayList<>();
    ImmutableMap.Builder<String, String> arguments = ImmutableMap.builder();
    for (NodeDef node : body.getNodeDefList()) {
      if (node.getOp().equals(HANDLE)) {
        arguments.put(node.getName() + ":resource:0", argument(variables.size()));
        variables.add(variable(node));
      } else {
        rest.add(node.toBuilder());
      }
    }
    ImmutableMap<String, String> replaced = arguments.buildOrThrow();
    body.clearNodeDef();
    for (NodeDef.Builder node : rest) {
      for (int i = 0; i < node.getInputCount(); i++) {
        node.setInput(i, replaced.getOrDefault(node.getInput(i), node.getInput(i)));
      }
      body.addNodeDef(node);
    }
    addArguments(body, variables.size());
    for (int i = 0; i < variables.size(); i++) {
      String result = argument(i) + "_same";
      body.getSignatureBuilder().addOutputArg(resource(result));
      body.putRet(result, argument(i));
    }
    return variables;
  }

  private static void addArguments(FunctionDef.Builder function, int count) {
    for (int i = 0; i < count; i++) {
      function.getSignatureBuilder().addInputArg(resource(argument(i)));
    }
  }

  private static OpDef.ArgDef resource(String name) {
    return OpDef.ArgDef.newBuilder().setName(name).setType(DataType.DT_RESOURCE).build();
  }

  /* Inputs that only order, as ^NAME, stay the last. */
  private static void addInputs(NodeDef.Builder loop, List<String> handles) {
    List<String> values = new ArrayList<>(loop.getInputList());
    List<String> order = values.stream().filter(input -> input.startsWith("^")).toList();
    values.removeAll(order);
    values.addAll(handles);
    values.addAll(order);
    loop.clearInput().addAllInput(values);
    AttrValue.Builder types = loop.getAttrOrThrow("T").toBuilder();
    AttrValue.Builder shapes = loop.getAttrOrThrow("output_shapes").toBuilder();
    for (int i = 0; i < handles.size(); i++) {
      types.getListBuilder().addType(DataType.DT_RESOURCE);
      shapes.getListBuilder().addShape(TensorShapeProto.getDefaultInstance());
    }
    loop.putAttr("T", types.build()).putAttr("output_shapes", shapes.build());
  }
}
