package org.tfemergence.init.initializer;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** An initializer whose values are multiplied with a factor. */
record Scaled(KernelInitializer inner, double factor) implements KernelInitializer {
  @Override
  public long seed() {
    return inner.seed();
  }

  @Override
  public double standardDeviation(Shape shape) {
    return factor * inner.standardDeviation(shape);
  }

  @Override
  public Operand<TFloat32> call(Ops tf, Shape shape) {
    Operand<TFloat32> values = inner.call(tf, shape);
    return factor == 1 ? values : tf.math.mul(values, tf.constant((float) factor));
  }

  @Override
  public KernelInitializer named(String variable) {
    return new Scaled(inner.named(variable), factor);
  }
}
