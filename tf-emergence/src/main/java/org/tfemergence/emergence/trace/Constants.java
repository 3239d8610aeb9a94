package org.tfemergence.emergence.trace;

import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Tensor;
import org.tensorflow.proto.DataType;

/** Reads small whole numbers, such as axes and paddings, out of a graph. */
final class Constants {
  private Constants() {}

  /** Returns the values of a constant, in row-major order, or of an exact composition of some. */
  static long[] integers(Output<?> value) {
    GraphOperation operation = Parameters.operation(value);
    return switch (operation.type()) {
      case "Const" -> read(operation);
      case "Identity", "StopGradient", "Cast", "Reshape", "ExpandDims", "Squeeze" ->
          integers(operation.input(0));
      case "ConcatV2" -> join(operation.inputs().subList(0, operation.numInputs() - 1));
      case "Pack" -> join(operation.inputs());
      default ->
          throw new NotUnderstood("its argument '" + operation.name() + "' is not a constant");
    };
  }

  /**
   * Returns the sizes of a part of a tensor, -1 for all that there is. The batch's may be computed
   * from a shape, as where a graph leaves out examples that it has added itself: each example goes
   * through the same network.
   */
  static long[] sizes(Output<?> value) {
    GraphOperation operation = Parameters.operation(value);
    return operation.type().equals("ConcatV2") && isBatch(operation.input(0))
        ? Longs.concat(
            new long[] {-1}, join(operation.inputs().subList(1, operation.numInputs() - 1)))
        : integers(value);
  }

  private static boolean isBatch(Output<?> value) {
    GraphOperation operation = Parameters.operation(value);
    return operation.type().equals("GatherV2")
        && Parameters.operation(operation.input(0)).type().equals("Shape")
        && Arrays.equals(integers(operation.input(1)), new long[] {0});
  }

  private static long[] join(List<Operand<?>> parts) {
    List<Long> all = new ArrayList<>();
    parts.forEach(part -> all.addAll(Longs.asList(integers(part.asOutput()))));
    return Longs.toArray(all);
  }

  private static long[] read(GraphOperation operation) {
    try (Tensor tensor = operation.attributes().getAttrTensor("value")) {
      long[] values = new long[(int) tensor.size()];
      if (tensor.dataType() == DataType.DT_INT64 && values.length > 0) {
        tensor.asRawTensor().data().asLongs().read(values);
      } else if (tensor.dataType() == DataType.DT_INT32 && values.length > 0) {
        int[] ints = new int[values.length];
        tensor.asRawTensor().data().asInts().read(ints);
        for (int i = 0; i < ints.length; i++) {
          values[i] = ints[i];
        }
      } else {
        NotUnderstood.unless(
            values.length == 0, "its argument '" + operation.name() + "' is not of integers");
      }
      return values;
    }
  }
}
