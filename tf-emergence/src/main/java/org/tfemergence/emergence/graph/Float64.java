package org.tfemergence.emergence.graph;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TType;

/** Numbers on their way to float64, in which all is added up that must not be rounded. */
final class Float64 {
  private Float64() {}

  /** Adds a cast; flags become ones and zeros. */
  static Operand<TFloat64> of(Ops tf, Operand<? extends TType> value) {
    return tf.dtypes.cast(value, TFloat64.class);
  }
}
