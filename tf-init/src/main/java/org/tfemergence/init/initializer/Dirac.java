package org.tfemergence.init.initializer;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.GraphLimits;
import org.tfemergence.init.plan.Fans;

/**
 * Kernels that change nothing: output channel c is input channel c, at the same place under {@code
 * SAME} padding, as PyTorch's {@code dirac_}; output channels beyond the input's are zero. For a
 * dense kernel that is the identity matrix.
 *
 * <pre>{@code
 * root mean square = sqrt(min(input channels, output channels) / values)
 * }</pre>
 *
 * @param seed for layers that draw values by a rule of their own; nothing here is drawn
 */
public record Dirac(long seed) implements KernelInitializer {
  /** Returns the root mean square of the values, which are zeros and ones. */
  @Override
  public double standardDeviation(Shape shape) {
    Fans.of(shape.asArray());
    return Math.sqrt((double) Math.min(shape.get(-2), shape.get(-1)) / shape.size());
  }

  /* A square of ones and zeros, in the midst of zeros. */
  @Override
  public Operand<TFloat32> call(Ops tf, Shape shape) {
    GraphLimits.requirePlainDigits();
    Fans.of(shape.asArray());
    if (shape.get(-1) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "output channels must be less than 2^31, got shape " + shape);
    }
    int dimensions = shape.numDimensions();
    long[] square = new long[dimensions];
    long[][] around = new long[dimensions][2];
    for (int i = 0; i < dimensions; i++) {
      boolean channels = i >= dimensions - 2;
      square[i] = channels ? shape.get(i) : 1;
      around[i][0] = channels ? 0 : (shape.get(i) - 1) / 2;
      around[i][1] = shape.get(i) - square[i] - around[i][0];
    }
    Operand<TFloat32> identity =
        tf.oneHot(
            tf.range(tf.constant(0L), tf.constant(shape.get(-2)), tf.constant(1L)),
            tf.constant((int) shape.get(-1)),
            tf.constant(1f),
            tf.constant(0f));
    return tf.pad(tf.reshape(identity, tf.constant(square)), tf.constant(around), tf.constant(0f));
  }

  @Override
  public Dirac named(String variable) {
    return new Dirac(Seeds.derive(seed, variable));
  }
}
