package org.tfemergence.emergence.trace;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;

/** The operations that some outputs are computed by. */
final class Ancestors {
  private Ancestors() {}

  /**
   * Returns them so that each stands behind those it takes its inputs from.
   *
   * @param outputs from which to walk backwards
   * @param ends tensors at which to stop; other outputs of their operations are walked through
   * @throws IllegalArgumentException if there is a cycle
   */
  static List<GraphOperation> inOrder(
      Collection<? extends Output<?>> outputs, Collection<? extends Output<?>> ends) {
    // Depth first without recursion, since graphs are deep: entered, then left.
    Map<GraphOperation, Boolean> left = new HashMap<>();
    List<GraphOperation> order = new ArrayList<>();
    Deque<GraphOperation> stack = new ArrayDeque<>();
    for (Output<?> output : outputs) {
      if (!ends.contains(output)) {
        stack.push(Parameters.operation(output));
      }
    }
    while (!stack.isEmpty()) {
      GraphOperation next = stack.peek();
      if (Boolean.TRUE.equals(left.get(next))) {
        stack.pop();
        continue;
      }
      if (left.putIfAbsent(next, false) != null) {
        stack.pop();
        left.put(next, true);
        order.add(next);
        continue;
      }
      for (Operand<?> input : next.inputs()) {
        if (ends.contains(input.asOutput())) {
          continue;
        }
        GraphOperation source = Parameters.operation(input);
        if (Boolean.FALSE.equals(left.get(source))) {
          throw new IllegalArgumentException(
              "the graph has a cycle through operation "
                  + next.type()
                  + " '"
                  + next.name()
                  + "': loops cannot be traced");
        }
        stack.push(source);
      }
    }
    return order;
  }
}
