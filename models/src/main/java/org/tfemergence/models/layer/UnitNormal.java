package org.tfemergence.models.layer;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.init.initializer.Seeds;

/** Draws of layers that have a rule of their own: normal, with the scheme's seed only. */
final class UnitNormal {
  private UnitNormal() {}

  /**
   * Adds operations that draw normally distributed values of standard deviation 1.
   *
   * @param tf where to add them
   * @param shape the values' shape
   * @param scheme whose seed counts
   * @param variable the variable's name, by which its random stream differs from others'
   * @return the values
   */
  static Operand<TFloat32> of(Ops tf, Shape shape, KernelInitializer scheme, String variable) {
    long seed = Seeds.derive(scheme.seed(), variable);
    return tf.random.statelessRandomNormal(
        tf.constant(shape.asArray()), tf.constant(new long[] {seed, 0}));
  }
}
