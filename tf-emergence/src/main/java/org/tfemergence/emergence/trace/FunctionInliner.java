package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Replaces calls of functions by the functions' bodies, nested ones included. Of the call itself
 * remains a node to wait for, and an identity for each result by itself: who takes one result of a
 * function has nothing to do with the others.
 */
final class FunctionInliner {
  private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");

  private final ImmutableMap<String, FunctionDef> functions;
  private final Signatures signatures;
  private final Map<String, NodeDef> done = new LinkedHashMap<>();
  private final Set<String> names = new HashSet<>();
  private final Map<String, String> results = new HashMap<>();

  private FunctionInliner(GraphDef graph) {
    ImmutableMap.Builder<String, FunctionDef> library = ImmutableMap.builder();
    graph.getLibrary().getFunctionList().forEach(f -> library.put(f.getSignature().getName(), f));
    functions = library.buildOrThrow();
    signatures = new Signatures(functions);
    graph.getNodeList().forEach(node -> names.add(node.getName()));
  }

  /**
   * A graph without calls.
   *
   * @param graph with its library, of which no node calls a function
   * @param results what the calls' results are named now, by their names as tensors before
   */
  record Inlined(GraphDef graph, ImmutableMap<String, String> results) {
    /** Returns the name of a tensor, or of a node whose first output is meant. */
    String tensor(String before) {
      return results.getOrDefault(
          before.endsWith(":0") ? before.substring(0, before.length() - 2) : before, before);
    }
  }

  /**
   * Replaces all calls among a graph's nodes.
   *
   * @throws IllegalArgumentException if a function is missing, calls itself, or is called wrongly,
   *     or if there were too many nodes
   */
  static Inlined inline(GraphDef graph) {
    FunctionInliner inliner = new FunctionInliner(graph);
    new CallSizes(inliner.functions, CallSizes.TRACED).requireBounded(graph.getNodeList());
    Deque<NodeDef> waiting = new ArrayDeque<>(graph.getNodeList());
    while (!waiting.isEmpty()) {
      NodeDef next = waiting.remove();
      if (inliner.calls(next)) {
        waiting.addAll(inliner.expand(next));
      } else {
        inliner.done.put(next.getName(), next);
      }
    }
    Inlined inlined = new Inlined(graph, ImmutableMap.copyOf(inliner.results));
    GraphDef.Builder flat = graph.toBuilder().clearNode();
    for (NodeDef node : inliner.done.values()) {
      NodeDef.Builder renamed = node.toBuilder().clearInput();
      node.getInputList().forEach(input -> renamed.addInput(inlined.tensor(input)));
      flat.addNode(renamed);
    }
    return new Inlined(flat.build(), inlined.results());
  }

  /** Tells whether a graph has calls. */
  static boolean hasCalls(GraphDef graph) {
    FunctionInliner inliner = new FunctionInliner(graph);
    return graph.getNodeList().stream().anyMatch(inliner::calls);
  }

  private boolean calls(NodeDef node) {
    return called(node, functions).isPresent();
  }

  /** Returns the name of the function that a node calls, if it calls one. */
  static Optional<String> called(NodeDef node, Map<String, FunctionDef> functions) {
    if (CALLS.contains(node.getOp())) {
      return Optional.of(node.getAttrOrThrow("f").getFunc().getName());
    }
    return Optional.of(node.getOp()).filter(functions::containsKey);
  }

  private List<NodeDef> expand(NodeDef call) {
    boolean direct = functions.containsKey(call.getOp());
    FunctionDef function = functions.get(called(call, functions).orElseThrow());
    Map<String, AttrValue> attributes =
        direct ? call.getAttrMap() : call.getAttrOrThrow("f").getFunc().getAttrMap();
    List<String> arguments = new ArrayList<>();
    List<String> controls = new ArrayList<>();
    call.getInputList().forEach(in -> (in.startsWith("^") ? controls : arguments).add(in));

    Body body = new Body(call, function, attributes, arguments);
    List<NodeDef> nodes = new ArrayList<>();
    for (NodeDef node : function.getNodeDefList()) {
      nodes.add(body.node(node, controls));
    }
    nodes.addAll(body.results(controls));
    return nodes;
  }

  /** One body in place of one call: its nodes under new names, its arguments resolved. */
  private final class Body {
    private final NodeDef call;
    private final FunctionDef function;
    private final Map<String, AttrValue> attributes;
    private final Map<String, List<String>> arguments = new HashMap<>();
    private final Map<String, NodeDef> nodes = new HashMap<>();
    private final Map<String, String> renamed = new HashMap<>();

    Body(
        NodeDef call,
        FunctionDef function,
        Map<String, AttrValue> attributes,
        List<String> inputs) {
      this.call = call;
      this.function = function;
      this.attributes = attributes;
      int next = 0;
      for (OpDef.ArgDef argument : function.getSignature().getInputArgList()) {
        int size = Signatures.size(argument, attributes);
        if (next + size > inputs.size()) {
          throw wrong("it has " + inputs.size() + " arguments, too few for '" + argument.getName());
        }
        arguments.put(argument.getName(), inputs.subList(next, next + size));
        next += size;
      }
      if (next != inputs.size()) {
        throw wrong("it has " + inputs.size() + " arguments, expected " + next);
      }
      for (NodeDef node : function.getNodeDefList()) {
        nodes.put(node.getName(), node);
        renamed.put(node.getName(), free(node.getName(), node.getName()));
      }
    }

    private String free(String wanted, String inner) {
      String name = wanted;
      for (int i = 0; !names.add(name); i++) {
        name = call.getName() + (i == 0 ? "" : "_" + i) + "/" + inner;
      }
      return name;
    }

    NodeDef node(NodeDef node, List<String> controls) {
      NodeDef.Builder built = NodeDef.newBuilder(node).clearInput().clearAttr();
      built.setName(renamed.get(node.getName()));
      Set<String> before = new TreeSet<>(controls);
      for (String input : node.getInputList()) {
        if (input.startsWith("^")) {
          before.add(control(input.substring(1)));
        } else {
          built.addInput(tensor(input));
        }
      }
      built.addAllInput(before);
      node.getAttrMap().forEach((key, value) -> built.putAttr(key, substitute(value)));
      return built.build();
    }

    List<NodeDef> results(List<String> controls) {
      Set<String> before = new TreeSet<>(controls);
      function.getControlRetMap().values().forEach(node -> before.add(control(node)));
      List<NodeDef> identities = new ArrayList<>();
      identities.add(
          NodeDef.newBuilder().setName(call.getName()).setOp("NoOp").addAllInput(before).build());
      int next = 0;
      for (OpDef.ArgDef result : function.getSignature().getOutputArgList()) {
        String source = function.getRetMap().get(result.getName());
        if (source == null) {
          throw wrong("its function returns nothing for '" + result.getName() + "'");
        }
        List<DataType> types = Signatures.types(result, attributes);
        // A result of several tensors is a whole output of a node, or a whole argument.
        for (int i = 0; i < types.size(); i++) {
          String tensor = types.size() == 1 ? tensor(source) : element(source, i);
          identities.add(identity(next++, tensor, types.get(i)));
        }
      }
      return identities;
    }

    private NodeDef identity(int index, String source, DataType type) {
      String name = free(call.getName() + "/" + index, String.valueOf(index));
      results.put(call.getName() + (index == 0 ? "" : ":" + index), name);
      return NodeDef.newBuilder()
          .setName(name)
          .setOp("Identity")
          .addInput(source)
          .addInput("^" + call.getName())
          .putAttr("T", AttrValue.newBuilder().setType(type).build())
          .build();
    }

    /* "^node" in the body, or "^argument", which is then the control input of whatever feeds it. */
    private String control(String name) {
      if (arguments.containsKey(name)) {
        List<String> fed = arguments.get(name);
        return fed.isEmpty() ? "^" + call.getName() : "^" + nodeOf(fed.get(0));
      }
      if (!renamed.containsKey(name)) {
        throw wrong("its function has no node '" + name + "'");
      }
      return "^" + renamed.get(name);
    }

    /* "argument", "argument:index" or "node:output:index". */
    private String tensor(String input) {
      List<String> parts = List.of(input.split(":", -1));
      if (arguments.containsKey(parts.get(0))) {
        int index = parts.size() > 1 ? Integer.parseInt(parts.get(parts.size() - 1)) : 0;
        return arguments.get(parts.get(0)).get(index);
      }
      NodeDef node = nodes.get(parts.get(0));
      if (node == null) {
        throw wrong("its function has no node '" + parts.get(0) + "'");
      }
      String name = renamed.get(parts.get(0));
      if (parts.size() == 1) {
        return name;
      }
      int index = parts.size() == 3 ? Integer.parseInt(parts.get(2)) : 0;
      return name + ":" + (signatures.offset(node, parts.get(1), attributes) + index);
    }

    private String element(String source, int index) {
      int colon = source.lastIndexOf(':');
      boolean indexed = colon > 0 && source.substring(colon + 1).matches("\\d+");
      return tensor((indexed ? source.substring(0, colon) : source) + ":" + index);
    }

    private AttrValue substitute(AttrValue value) {
      if (value.getValueCase() == AttrValue.ValueCase.PLACEHOLDER) {
        AttrValue given = attributes.get(value.getPlaceholder());
        if (given == null) {
          throw wrong("its function needs the attribute '" + value.getPlaceholder() + "'");
        }
        return given;
      }
      if (value.getValueCase() == AttrValue.ValueCase.FUNC) {
        AttrValue.Builder built = value.toBuilder();
        value
            .getFunc()
            .getAttrMap()
            .forEach((key, inner) -> built.getFuncBuilder().putAttr(key, substitute(inner)));
        return built.build();
      }
      return value;
    }

    private IllegalArgumentException wrong(String what) {
      return new IllegalArgumentException("call '" + call.getName() + "': " + what);
    }
  }

  private static String nodeOf(String input) {
    int colon = input.indexOf(':');
    return colon < 0 ? input : input.substring(0, colon);
  }
}
