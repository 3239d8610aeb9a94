package org.tfemergence.emergence.trace;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * A part of a graph, without calls and with known input shapes, added to the same graph under a
 * prefix. Its variables are those of the graph: a session finds them by the same shared names.
 */
final class GraphCopy {
  private static final Set<String> VARIABLES = Set.of("VarHandleOp", "VariableV2", "Variable");

  private GraphCopy() {}

  /** Returns the nodes that some nodes are computed by, themselves included. */
  static GraphDef part(GraphDef graph, Collection<String> wanted) {
    Map<String, NodeDef> nodes = new HashMap<>();
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    Set<String> reached = new LinkedHashSet<>();
    Deque<String> waiting = new ArrayDeque<>(wanted);
    while (!waiting.isEmpty()) {
      String name = waiting.remove();
      if (reached.add(name) && nodes.containsKey(name)) {
        nodes.get(name).getInputList().forEach(input -> waiting.add(node(input)));
      }
    }
    GraphDef.Builder part = graph.toBuilder().clearNode();
    graph.getNodeList().stream()
        .filter(node -> reached.contains(node.getName()))
        .forEach(part::addNode);
    return part.build();
  }

  /**
   * Adds a part to the graph it was taken from.
   *
   * @param part without calls
   * @param shapes of placeholders, by their nodes' names
   * @return the prefix of its names
   */
  static String add(Graph graph, GraphDef part, Map<String, Shape> shapes) {
    GraphDef.Builder copy = part.toBuilder().clearNode().clearLibrary();
    for (NodeDef node : part.getNodeList()) {
      NodeDef.Builder changed = node.toBuilder().removeAttr("_class");
      if (VARIABLES.contains(node.getOp())) {
        name(changed);
      }
      if (shapes.containsKey(node.getName())) {
        changed.putAttr("shape", shape(shapes.get(node.getName())));
      }
      copy.addNode(changed);
    }
    String prefix = "traced";
    for (int i = 1; taken(graph, part, prefix); i++) {
      prefix = "traced_" + i;
    }
    graph.importGraphDef(copy.build(), prefix);
    return prefix;
  }

  /** Returns the name of the node that an input comes from. */
  static String node(String input) {
    String name = input.startsWith("^") ? input.substring(1) : input;
    int colon = name.indexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }

  /* Without a shared name a variable is known by its node's name, which the copy does not keep. */
  private static void name(NodeDef.Builder variable) {
    if (variable.getAttrOrDefault("shared_name", AttrValue.getDefaultInstance()).getS().isEmpty()) {
      variable.putAttr(
          "shared_name",
          AttrValue.newBuilder().setS(ByteString.copyFromUtf8(variable.getName())).build());
    }
  }

  private static boolean taken(Graph graph, GraphDef part, String prefix) {
    return part.getNodeList().stream()
        .anyMatch(node -> graph.operation(prefix + "/" + node.getName()) != null);
  }

  private static AttrValue shape(Shape shape) {
    TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
    for (long dimension : shape.asArray()) {
      proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(dimension));
    }
    return AttrValue.newBuilder().setShape(proto).build();
  }
}
