package org.tfemergence.emergence.trace;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;

/**
 * The operations that some outputs are computed by. An IdentityN is a bundle of identities: of each
 * output only its own input stands behind it.
 */
final class Ancestors {
  /** The type of operations that hand on each input at the output of the same number. */
  static final String BUNDLE = "IdentityN";

  private Ancestors() {}

  /**
   * Returns them so that each stands behind those it takes its inputs from; a bundle once for each
   * output that is reached.
   *
   * @param outputs from which to walk backwards
   * @param ends tensors at which to stop; other outputs of their operations are walked through
   * @throws IllegalArgumentException if there is a cycle
   */
  static List<GraphOperation> inOrder(
      Collection<? extends Output<?>> outputs, Collection<? extends Output<?>> ends) {
    // Depth first without recursion, since graphs are deep: entered, then left.
    Map<Output<?>, Boolean> left = new HashMap<>();
    List<GraphOperation> order = new ArrayList<>();
    Deque<Output<?>> stack = new ArrayDeque<>();
    for (Output<?> output : outputs) {
      if (!ends.contains(output)) {
        stack.push(step(output));
      }
    }
    while (!stack.isEmpty()) {
      Output<?> next = stack.peek();
      if (Boolean.TRUE.equals(left.get(next))) {
        stack.pop();
        continue;
      }
      if (left.putIfAbsent(next, false) != null) {
        stack.pop();
        left.put(next, true);
        order.add(Parameters.operation(next));
        continue;
      }
      for (Output<?> input : inputs(next)) {
        if (ends.contains(input)) {
          continue;
        }
        Output<?> source = step(input);
        if (Boolean.FALSE.equals(left.get(source))) {
          throw new IllegalArgumentException(
              "the graph has a cycle through operation "
                  + Parameters.operation(next).type()
                  + " '"
                  + next.op().name()
                  + "': loops cannot be traced");
        }
        stack.push(source);
      }
    }
    return order;
  }

  /* What stands for all outputs of an operation that need the same inputs. */
  private static Output<?> step(Output<?> output) {
    GraphOperation operation = Parameters.operation(output);
    return operation.type().equals(BUNDLE) ? output : operation.output(0);
  }

  /** Returns the inputs that an output is computed from. */
  static List<Output<?>> inputs(Output<?> output) {
    GraphOperation operation = Parameters.operation(output);
    if (operation.type().equals(BUNDLE)) {
      return List.of(operation.input(output.index()));
    }
    List<Output<?>> inputs = new ArrayList<>();
    operation.inputs().forEach(input -> inputs.add(input.asOutput()));
    return inputs;
  }
}
