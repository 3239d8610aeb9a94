package org.tfemergence.emergence.trace;

import java.util.Arrays;
import java.util.function.Function;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;

/** Tensors by their names. */
final class Tensors {
  private Tensors() {}

  /**
   * Finds a tensor.
   *
   * @param operations by their names; null where there is none
   * @param tensor the name of a node, whose first output is meant, or of a tensor as {@code
   *     "node:0"}
   * @throws IllegalArgumentException if there is none
   */
  static Output<?> find(Function<String, GraphOperation> operations, String tensor) {
    int colon = tensor.lastIndexOf(':');
    String node = colon < 0 ? tensor : tensor.substring(0, colon);
    GraphOperation operation = operations.apply(node);
    if (operation == null) {
      throw new IllegalArgumentException("the graph has no operation '" + node + "'");
    }
    int index = colon < 0 ? 0 : Integer.parseInt(tensor.substring(colon + 1));
    if (index < 0 || index >= operation.numOutputs()) {
      throw new IllegalArgumentException(
          "operation '"
              + node
              + "' has "
              + operation.numOutputs()
              + " outputs, no '"
              + index
              + "'");
    }
    return operation.output(index);
  }

  /** Tells whether two shapes say the same; those with an unknown dimension are never equal. */
  static boolean same(Shape known, Shape told) {
    return !known.isUnknown() && Arrays.equals(known.asArray(), told.asArray());
  }
}
