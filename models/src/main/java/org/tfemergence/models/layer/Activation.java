package org.tfemergence.models.layer;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.LeakyRelu;
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
  },
  /** The leaky rectifier with a slope of 0.01 below zero, as PyTorch's: max(x, 0.01 x). */
  LEAKY_RELU {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      return tf.nn.leakyRelu(x, LeakyRelu.alpha(0.01f));
    }
  },
  /** The rectifier that ends at 6, min(max(x, 0), 6). */
  RELU6 {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      return tf.nn.relu6(x);
    }
  },
  /** The exponential linear unit (arXiv 1511.07289): x above zero, else exp(x) - 1. */
  ELU {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      return tf.nn.elu(x);
    }
  },
  /**
   * The self-normalizing unit (arXiv 1706.02515): 1.0507 (x above zero, else 1.6733 (exp(x) - 1)).
   */
  SELU {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      return tf.nn.selu(x);
    }
  },
  /** The smooth rectifier, log(1 + exp(x)). */
  SOFTPLUS {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      return tf.math.softplus(x);
    }
  },
  /** The Gaussian error linear unit (arXiv 1606.08415), x (1 + erf(x / sqrt(2))) / 2. */
  GELU {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      Operand<TFloat32> error = tf.math.erf(tf.math.mul(x, tf.constant((float) Math.sqrt(0.5))));
      return half(tf, x, error);
    }
  },
  /** The same by the formula with tanh: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. */
  GELU_TANH {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      Operand<TFloat32> cube = tf.math.mul(tf.math.square(x), x);
      Operand<TFloat32> argument =
          tf.math.mul(
              tf.math.add(x, tf.math.mul(cube, tf.constant(0.044715f))),
              tf.constant((float) Math.sqrt(2 / Math.PI)));
      return half(tf, x, tf.math.tanh(argument));
    }
  },
  /** Swish (arXiv 1710.05941), also SiLU: x times the logistic function of x. */
  SWISH {
    @Override
    public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x) {
      return tf.math.mul(x, tf.math.sigmoid(x));
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

  private static Operand<TFloat32> half(Ops tf, Operand<TFloat32> x, Operand<TFloat32> sign) {
    return tf.math.mul(tf.math.mul(x, tf.constant(0.5f)), tf.math.add(sign, tf.constant(1f)));
  }
}
