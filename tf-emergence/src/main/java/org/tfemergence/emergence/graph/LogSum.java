package org.tfemergence.emergence.graph;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;

/** Adds numbers that are given by their logarithms. */
final class LogSum {
  private LogSum() {}

  /** Returns ln(sum(exp(logs))) along the first axis; negative infinity where all are. */
  static Operand<TFloat64> of(Ops tf, Operand<TFloat64> logs) {
    // Where all are minus infinity, a finite shift keeps minus infinity from becoming NaN.
    Operand<TFloat64> shift =
        tf.math.maximum(tf.reduceMax(logs, tf.constant(0)), tf.constant(-Double.MAX_VALUE));
    Operand<TFloat64> sum = tf.reduceSum(tf.math.exp(tf.math.sub(logs, shift)), tf.constant(0));
    return tf.math.add(shift, tf.math.log(sum));
  }
}
