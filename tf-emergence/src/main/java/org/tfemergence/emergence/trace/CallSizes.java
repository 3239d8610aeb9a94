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
  /** What is looked at in a trace: EfficientNetB0 has 1,896; 20,000 take six seconds. */
  static final long TRACED = 30_000;

  /** What is imported, which is quick: signatures, and what saves and restores variables. */
  static final long IMPORTED = 100_000;

  /* No real nesting is as deep. */
  private static final int DEEPEST = 100;

  private final Map<String, FunctionDef> functions;
  private final long most;
  private final Map<String, Long> sizes = new HashMap<>();
  private final Set<String> open = new LinkedHashSet<>();

  /**
   * Begins.
   *
   * @param functions by their names
   * @param most how many nodes there may be in all
   */
  CallSizes(Map<String, FunctionDef> functions, long most) {
    this.functions = functions;
    this.most = most;
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
      if (all > most) {
        throw wrong(node, "with functions in place of their calls the graph has " + more());
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
      if (size > most) {
        throw wrong(node, "function '" + name + "' comes to " + more());
      }
    }
    open.remove(name);
    sizes.put(name, size);
    return size;
  }

  private String more() {
    return "more than " + most + " nodes";
  }

  private static IllegalArgumentException wrong(NodeDef call, String what) {
    return new IllegalArgumentException("call '" + call.getName() + "': " + what);
  }
}
