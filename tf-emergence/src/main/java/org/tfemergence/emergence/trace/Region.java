package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;

/** All that lies between the inputs of a trace and its outputs, and what else leads there. */
final class Region {
  /* What makes values anew in each run, and is not random. */
  private static final Set<String> SOURCES =
      Set.of(
          "Placeholder",
          "PlaceholderV2",
          "PlaceholderWithDefault",
          "IteratorGetNext",
          "IteratorGetNextSync",
          "QueueDequeue",
          "QueueDequeueV2",
          "QueueDequeueMany",
          "QueueDequeueManyV2",
          "QueueDequeueUpToV2");

  private final ImmutableSet<Output<?>> inputs;
  private final ImmutableSet<Output<?>> constants;
  private final ImmutableList<GraphOperation> operations;
  private final Set<Output<?>> needed = new HashSet<>();
  private final Map<Output<?>, Set<GraphOperation>> consumers = new HashMap<>();

  /**
   * Finds the region.
   *
   * @param inputs where the network begins
   * @param constants tensors that are the same for all examples, whatever they are computed from
   * @param outputs where it ends
   * @throws IllegalArgumentException if the graph has a loop
   */
  Region(
      Collection<Output<?>> inputs,
      Collection<Output<?>> constants,
      Collection<Output<?>> outputs) {
    this.inputs = ImmutableSet.copyOf(inputs);
    this.constants = ImmutableSet.copyOf(constants);
    ImmutableSet<Output<?>> ends =
        ImmutableSet.<Output<?>>builder().addAll(inputs).addAll(constants).build();
    operations = ImmutableList.copyOf(Ancestors.inOrder(outputs, ends));
    needed.addAll(outputs);
    for (GraphOperation operation : Lists.reverse(operations)) {
      // Nothing flows through a shape.
      if (!Site.SHAPES.contains(operation.type())) {
        IntStream.range(0, operation.numOutputs())
            .<Output<?>>mapToObj(operation::output)
            .filter(needed::contains)
            .forEach(output -> needed.addAll(Ancestors.inputs(output)));
      }
      for (Operand<?> input : operation.inputs()) {
        consumers.computeIfAbsent(input.asOutput(), o -> new HashSet<>()).add(operation);
      }
    }
    requireNoOtherOutputs(ends);
  }

  /** Returns the operations, each behind those it takes its inputs from. */
  ImmutableList<GraphOperation> operations() {
    return operations;
  }

  /** Returns the inputs, of which some may not be needed. */
  ImmutableSet<Output<?>> inputs() {
    return inputs;
  }

  /** Tells whether the values of a tensor, and not just its shape, take part. */
  boolean needs(Output<?> tensor) {
    return needed.contains(tensor);
  }

  /** Tells whether a tensor is declared the same for all examples. */
  boolean isConstant(Output<?> tensor) {
    return constants.contains(tensor);
  }

  /** Tells whether a tensor goes through operations of some types only, to the outputs. */
  boolean endsBehind(Output<?> tensor, Set<String> passing) {
    Deque<Output<?>> waiting = new ArrayDeque<>(List.of(tensor));
    while (!waiting.isEmpty()) {
      Output<?> taken = waiting.remove();
      for (GraphOperation consumer : consumers.getOrDefault(taken, Set.of())) {
        if (consumer.type().equals(Ancestors.BUNDLE)) {
          IntStream.range(0, consumer.numInputs())
              .filter(i -> consumer.input(i).equals(taken))
              .forEach(i -> waiting.add(consumer.output(i)));
        } else if (passing.contains(consumer.type())) {
          waiting.add(consumer.output(0));
        } else if (!Site.SHAPES.contains(consumer.type())) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Checks an operation into which nothing flows from the inputs.
   *
   * @throws IllegalArgumentException if it brings values of its own, other than single ones
   */
  void requireDeclared(GraphOperation operation) {
    if (!SOURCES.contains(operation.type()) || !isNeeded(operation)) {
      return;
    }
    Shape shape = operation.output(0).shape();
    if (shape.isUnknown() || shape.numDimensions() > 0) {
      throw undeclared(operation, "of shape " + shape + " ");
    }
  }

  private void requireNoOtherOutputs(Set<Output<?>> ends) {
    Set<GraphOperation> cut = new HashSet<>();
    ends.forEach(end -> cut.add(Parameters.operation(end)));
    for (GraphOperation operation : operations) {
      if (cut.contains(operation) && isNeeded(operation)) {
        throw undeclared(operation, "has other outputs than those declared, and ");
      }
    }
  }

  private boolean isNeeded(GraphOperation operation) {
    for (int i = 0; i < operation.numOutputs(); i++) {
      if (needed.contains(operation.output(i))) {
        return true;
      }
    }
    return false;
  }

  private static IllegalArgumentException undeclared(GraphOperation operation, String what) {
    return new IllegalArgumentException(
        "operation "
            + operation.type()
            + " '"
            + operation.name()
            + "' "
            + what
            + "leads to the outputs and is no input of the trace: declare it with input(), or with"
            + " constant() if it is the same for all examples");
  }
}
