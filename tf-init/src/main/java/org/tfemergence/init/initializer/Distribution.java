package org.tfemergence.init.initializer;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tfemergence.emergence.graph.GraphLimits;

/** A distribution around zero, from which initial values are drawn. */
public enum Distribution {
  /** Uniform on [-limit, limit) with limit = sqrt(3) standard deviations. */
  UNIFORM {
    @Override
    Operand<TFloat32> unit(Ops tf, Operand<TInt64> shape, Operand<TInt64> seed) {
      Operand<TFloat32> zeroToOne = tf.random.statelessRandomUniform(shape, seed);
      float limit = (float) Math.sqrt(3);
      return tf.math.mul(tf.math.sub(zeroToOne, tf.constant(0.5f)), tf.constant(2 * limit));
    }
  },
  /** Normal. */
  NORMAL {
    @Override
    Operand<TFloat32> unit(Ops tf, Operand<TInt64> shape, Operand<TInt64> seed) {
      return tf.random.statelessRandomNormal(shape, seed);
    }
  },
  /**
   * Normal, redrawn beyond two of its standard deviations, then widened so that what remains has
   * the standard deviation asked for, as in Keras.
   */
  TRUNCATED_NORMAL {
    @Override
    Operand<TFloat32> unit(Ops tf, Operand<TInt64> shape, Operand<TInt64> seed) {
      return tf.math.mul(
          tf.random.statelessTruncatedNormal(shape, seed),
          tf.constant((float) (1 / TRUNCATED_STANDARD_DEVIATION)));
    }
  };

  /** The standard deviation of a unit normal distribution cut off at plus and minus 2. */
  private static final double TRUNCATED_STANDARD_DEVIATION = 0.8796256610342398;

  abstract Operand<TFloat32> unit(Ops tf, Operand<TInt64> shape, Operand<TInt64> seed);

  Operand<TFloat32> draw(Ops tf, Shape shape, double standardDeviation, long seed) {
    GraphLimits.requirePlainDigits();
    Operand<TFloat32> unit =
        unit(tf, tf.constant(shape.asArray()), tf.constant(new long[] {seed, 0}));
    return tf.math.mul(unit, tf.constant((float) standardDeviation));
  }
}
