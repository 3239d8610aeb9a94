package org.tfemergence.emergence.trace;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;

/** How many nodes become of calls of functions, told before any is replaced. */
final class CallSizes {
  /* A network has some tens for each of its layers. */
  private static final long MOST = 100_000;
  private static final String MORE = "more than " + MOST + " nodes";

  /* No real nesting is as deep. */
  private static final int DEEPEST = 100;

  private final Map<String, FunctionDef> functions;
  private final Map<String, Long> sizes = new HashMap<>();
  private final Set<String> open = new LinkedHashSet<>();

  CallSizes(Map<String, FunctionDef> functions) {
    this.functions = functions;
  }

  /**
   * Checks the calls among some nodes.
   *
   * @throws IllegalArgumentException if a function is missing or calls itself, if functions are
   *     nested too deeply, or if the nodes were too many
   */
  void requireBounded(List<NodeDef> nodes) {
    long all = 0;
    for (NodeDef node : nodes) {
      all += size(node);
      if (all > MOST) {
        throw wrong(node, "with functions in place of their calls the graph has " + MORE);
      }
    }
  }

  private long size(NodeDef node) {
    Optional<String> called = FunctionInliner.called(node, functions);
    return called.isPresent() ? size(node, called.get()) : 1;
  }

  /* The body, and the nodes that the call becomes: one, and one for each result. */
  private long size(NodeDef call, String name) {
    if (sizes.containsKey(name)) {
      return sizes.get(name);
    }
    FunctionDef function = functions.get(name);
    if (function == null) {
      throw wrong(call, "there is no function '" + name + "' in the library");
    }
    if (open.contains(name)) {
      throw wrong(call, "function '" + name + "' calls itself, by way of " + open);
    }
    if (open.size() == DEEPEST) {
      throw wrong(call, "functions are nested more than " + DEEPEST + " deep");
    }
    open.add(name);
    long size = 1L + function.getSignature().getOutputArgCount();
    for (NodeDef node : function.getNodeDefList()) {
      size += size(node);
      if (size > MOST) {
        throw wrong(node, "function '" + name + "' comes to " + MORE);
      }
    }
    open.remove(name);
    sizes.put(name, size);
    return size;
  }

  private static IllegalArgumentException wrong(NodeDef call, String what) {
    return new IllegalArgumentException("call '" + call.getName() + "': " + what);
  }
}
