package org.tfemergence.init.initializer;

import com.google.common.primitives.Longs;
import java.nio.ByteOrder;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.framework.utils.ShapeUtils;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Constant;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TInt64;

/** Reads a shape that is given as an operand. */
final class StaticShape {
  private StaticShape() {}

  /*
   * A constant is read from the graph. Anything else is left to the framework, which opens a session
   * for it and runs all initializers there are so far: each variable costs more than the last.
   */
  static Shape of(Ops tf, Operand<TInt64> dims) {
    if (dims.op() instanceof GraphOperation operation
        && operation.type().equals(Constant.OP_NAME)) {
      return Shape.of(values(operation.attributes().getAttrValueProto("value").getTensor()));
    }
    return ShapeUtils.toShape(tf.scope(), dims);
  }

  private static long[] values(TensorProto tensor) {
    if (tensor.getTensorContent().isEmpty()) {
      return Longs.toArray(tensor.getInt64ValList());
    }
    long[] values = new long[tensor.getTensorContent().size() / Long.BYTES];
    tensor
        .getTensorContent()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.nativeOrder())
        .asLongBuffer()
        .get(values);
    return values;
  }
}
