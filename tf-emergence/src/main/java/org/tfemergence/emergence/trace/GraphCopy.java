package org.tfemergence.emergence.trace;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * A part of a graph, without calls and with known input shapes. Of what it has that the graph has
 * not, operations are added; all else, variables above all, is the graph's own.
 */
final class GraphCopy {
  private final Map<String, NodeDef> before = new HashMap<>();
  private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
  private final GraphDef whole;

  /**
   * Describes the copy.
   *
   * @param part of a graph
   * @param inlined the same without calls
   * @param shapes of placeholders, by their nodes' names
   */
  GraphCopy(GraphDef part, GraphDef inlined, Map<String, Shape> shapes) {
    part.getNodeList().forEach(node -> before.put(node.getName(), node));
    for (NodeDef node : inlined.getNodeList()) {
      NodeDef.Builder changed = node.toBuilder();
      if (shapes.containsKey(node.getName())) {
        changed.putAttr("shape", shape(shapes.get(node.getName())));
        changed.removeAttr("_output_shapes");
      }
      nodes.put(node.getName(), changed.build());
    }
    GraphDef.Builder copy = inlined.toBuilder().clearNode().clearLibrary();
    nodes.values().forEach(node -> copy.addNode(node.toBuilder().removeAttr("_class")));
    whole = copy.build();
  }

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

  /** Returns all of it, to be imported elsewhere. */
  GraphDef whole() {
    return whole;
  }

  /** Returns a prefix that no operation of a graph has in front of a name of the copy's. */
  String freePrefix(Graph graph) {
    String prefix = "traced";
    for (int i = 1; taken(graph, prefix); i++) {
      prefix = "traced_" + i;
    }
    return prefix;
  }

  /**
   * Adds it to the graph it was taken from.
   *
   * @param prefix of the names of what is added
   * @return the operations by their names in the copy, with those of the graph's own
   */
  Map<String, GraphOperation> addTo(Graph graph, String prefix) {
    Signatures signatures = new Signatures(Map.of());
    Map<String, GraphOperation> added = new HashMap<>();
    Set<String> fresh = new LinkedHashSet<>();
    for (NodeDef node : inOrder()) {
      boolean same =
          node.equals(before.get(node.getName()))
              && node.getInputList().stream().noneMatch(input -> fresh.contains(node(input)));
      if (same) {
        added.put(node.getName(), graph.operation(node.getName()));
      } else {
        fresh.add(node.getName());
        added.put(node.getName(), build(graph, prefix, node, signatures, added));
      }
    }
    return added;
  }

  private static GraphOperation build(
      Graph graph,
      String prefix,
      NodeDef node,
      Signatures signatures,
      Map<String, GraphOperation> added) {
    GraphOperationBuilder builder =
        graph.opBuilder(node.getOp(), prefix + "/" + node.getName(), graph.baseScope());
    List<Output<?>> inputs = new ArrayList<>();
    for (String input : node.getInputList()) {
      GraphOperation source = added.get(node(input));
      if (input.startsWith("^")) {
        builder.addControlInput(source);
      } else {
        int colon = input.indexOf(':');
        inputs.add(source.output(colon < 0 ? 0 : Integer.parseInt(input.substring(colon + 1))));
      }
    }
    int next = 0;
    for (Signatures.Argument argument : signatures.inputs(node)) {
      List<Output<?>> all = inputs.subList(next, next + argument.size());
      if (argument.list()) {
        builder.addInputList(all.toArray(new Output<?>[0]));
      } else {
        builder.addInput(all.get(0));
      }
      next += argument.size();
    }
    node.getAttrMap().entrySet().stream()
        .filter(attribute -> !attribute.getKey().startsWith("_"))
        .forEach(attribute -> builder.setAttr(attribute.getKey(), attribute.getValue()));
    return builder.setDevice(node.getDevice()).build();
  }

  /* Each behind those it takes its inputs from. */
  private List<NodeDef> inOrder() {
    Map<String, Boolean> left = new HashMap<>();
    List<NodeDef> order = new ArrayList<>();
    Deque<String> stack = new ArrayDeque<>(nodes.keySet());
    while (!stack.isEmpty()) {
      String next = stack.peek();
      if (Boolean.TRUE.equals(left.get(next))) {
        stack.pop();
      } else if (left.putIfAbsent(next, false) != null) {
        stack.pop();
        left.put(next, true);
        order.add(nodes.get(next));
      } else {
        nodes.get(next).getInputList().forEach(input -> stack.push(node(input)));
      }
    }
    return order;
  }

  /** Returns the name of the node that an input comes from. */
  static String node(String input) {
    String name = input.startsWith("^") ? input.substring(1) : input;
    int colon = name.indexOf(':');
    return colon < 0 ? name : name.substring(0, colon);
  }

  private boolean taken(Graph graph, String prefix) {
    return nodes.keySet().stream().anyMatch(name -> graph.operation(prefix + "/" + name) != null);
  }

  private static AttrValue shape(Shape shape) {
    TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
    for (long dimension : shape.asArray()) {
      proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(dimension));
    }
    return AttrValue.newBuilder().setShape(proto).build();
  }
}
