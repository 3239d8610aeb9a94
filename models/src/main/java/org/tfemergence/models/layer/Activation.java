package org.tfemergence.models.layer;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** An activation function. */
public enum Activation {
  /** None: the value itself. */
  LINEAR {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      return x;
    }
  },
  /** The rectifier, max(x, 0). */
  RELU {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      return tf.nn.relu(x);
    }
  },
  /** The hyperbolic tangent. */
  TANH {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      return tf.math.tanh(x);
    }
  },
  /** The logistic function, 1 / (1 + exp(-x)). */
  SIGMOID {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      return tf.math.sigmoid(x);
    }
  };

  /**
   * Adds the function to a graph.
   *
   * @param tf where to add it
   * @param x values of any shape
   * @return the function's values, of the same shape
   */
  public abstract Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x);
}
