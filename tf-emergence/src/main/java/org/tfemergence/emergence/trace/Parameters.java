package org.tfemergence.emergence.trace;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;

/** Finds the parameters behind a tensor that does not depend on the network's input. */
final class Parameters {
  private static final Set<String> SAME_VALUES =
      Set.of(
          "Identity",
          "ReadVariableOp",
          "Reshape",
          "Squeeze",
          "ExpandDims",
          "Cast",
          "BroadcastTo",
          "StopGradient",
          "Transpose");

  private Parameters() {}

  /**
   * Returns the parameter whose values a kernel has: itself, which may be a handle without a shape
   * of its values, or the first behind it of the kernel's size.
   */
  static Optional<Parameter> kernel(Output<?> kernel) {
    Optional<Parameter> itself = Parameter.of(operation(kernel));
    if (itself.isPresent()) {
      return itself;
    }
    Shape shape = kernel.shape();
    return find(
        operation(kernel),
        p -> shape.isUnknown() || shape.hasUnknownDimension() || p.size() == shape.size(),
        new HashSet<>());
  }

  /** Tells whether a tensor comes from a random operation. */
  static boolean random(Output<?> value) {
    return reaches(operation(value), op -> op.type().contains("Random"), new HashSet<>());
  }

  /**
   * Tells whether a tensor may be a layer's parameter: it comes from a variable, or from a float
   * constant.
   *
   * @param axes how many a constant must have to be one
   */
  static boolean possible(Output<?> value, int axes) {
    return reaches(
        operation(value),
        op ->
            Parameter.of(op)
                .filter(p -> p.variable() || (p.rank() >= axes && p.holdsFloats()))
                .isPresent(),
        new HashSet<>());
  }

  /** Tells whether an operation of some kind stands behind a tensor. */
  static boolean reaches(Output<?> value, Predicate<GraphOperation> kind) {
    return reaches(operation(value), kind, new HashSet<>());
  }

  /** Returns the parameters that a factor is a product of, but not statistics under a root. */
  static Set<Parameter> gains(Output<?> factor) {
    Set<Parameter> found = new LinkedHashSet<>();
    collect(operation(factor), found, "Mul", "Mul");
    return found;
  }

  /** Returns the parameters that a summand is a sum of, without what is subtracted. */
  static Set<Parameter> shifts(Output<?> summand) {
    Set<Parameter> found = new LinkedHashSet<>();
    collect(operation(summand), found, "Add", "AddV2");
    return found;
  }

  static GraphOperation operation(Operand<?> operand) {
    return (GraphOperation) operand.op();
  }

  private static void collect(
      GraphOperation operation, Set<Parameter> found, String join, String join2) {
    Optional<Parameter> parameter = Parameter.of(operation);
    if (parameter.isPresent()) {
      found.add(parameter.get());
    } else if (operation.type().equals(join) || operation.type().equals(join2)) {
      operation.inputs().forEach(input -> collect(operation(input), found, join, join2));
    } else if (SAME_VALUES.contains(operation.type())
        || operation.type().equals("Sub")
        || operation.type().contains("Gather")) {
      collect(operation(operation.input(0)), found, join, join2);
    }
  }

  private static Optional<Parameter> find(
      GraphOperation operation, Predicate<Parameter> fits, Set<GraphOperation> seen) {
    if (!seen.add(operation)) {
      return Optional.empty();
    }
    Optional<Parameter> parameter = Parameter.of(operation).filter(fits);
    for (int i = 0; parameter.isEmpty() && i < operation.numInputs(); i++) {
      parameter = find(operation(operation.input(i)), fits, seen);
    }
    return parameter;
  }

  private static boolean reaches(
      GraphOperation operation, Predicate<GraphOperation> kind, Set<GraphOperation> seen) {
    if (kind.test(operation)) {
      return true;
    }
    if (!seen.add(operation) || Site.SHAPES.contains(operation.type())) {
      return false;
    }
    for (int i = 0; i < operation.numInputs(); i++) {
      if (reaches(operation(operation.input(i)), kind, seen)) {
        return true;
      }
    }
    return false;
  }
}
