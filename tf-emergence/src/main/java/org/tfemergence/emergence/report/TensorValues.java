package org.tfemergence.emergence.report;

import com.google.common.primitives.ImmutableDoubleArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** The numbers of a tensor in an event file, float32 or float64. */
final class TensorValues {
  private static final int MOST = 1 << 20; // a histogram has some 90

  private TensorValues() {}

  /** Returns the values, last index fastest; empty if the tensor is not of such numbers. */
  static Optional<ImmutableDoubleArray> of(TensorProto tensor) {
    return switch (tensor.getDtype()) {
      case DT_FLOAT -> of(tensor, tensor.getFloatValList(), Float.BYTES);
      case DT_DOUBLE -> of(tensor, tensor.getDoubleValList(), Double.BYTES);
      default -> Optional.empty();
    };
  }

  /* The values are bytes, little-endian, or a list in which the last one stands for all behind it. */
  private static Optional<ImmutableDoubleArray> of(
      TensorProto tensor, List<? extends Number> list, int size) {
    long elements = elements(tensor.getTensorShape());
    ByteBuffer bytes =
        tensor.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    boolean isList = !bytes.hasRemaining();
    if (elements < 0
        || elements > MOST
        || (isList ? list.size() > elements : bytes.remaining() != elements * size)
        || (isList && list.isEmpty() && elements > 0)) {
      return Optional.empty();
    }
    ImmutableDoubleArray.Builder values = ImmutableDoubleArray.builder();
    for (int i = 0; i < elements; i++) {
      if (isList) {
        values.add(list.get(Math.min(i, list.size() - 1)).doubleValue());
      } else {
        values.add(size == Float.BYTES ? bytes.getFloat() : bytes.getDouble());
      }
    }
    return Optional.of(values.build());
  }

  /* The number of elements; -1 if it is not known or larger than any event's. */
  private static long elements(TensorShapeProto shape) {
    long elements = 1;
    for (TensorShapeProto.Dim dimension : shape.getDimList()) {
      if (dimension.getSize() < 0 || dimension.getSize() > MOST || elements > MOST) {
        return -1;
      }
      elements *= dimension.getSize();
    }
    return shape.getUnknownRank() ? -1 : elements;
  }
}
