package org.tfemergence.models.testing;

import org.tfemergence.models.layer.Activation;

/** A dense layer in plain Java and double: the oracle for what graphs compute. */
public final class PlainDense {
  private PlainDense() {}

  /**
   * Computes a layer.
   *
   * @param x [batch, inputs]
   * @param kernel [inputs, units]
   * @param bias [units]
   * @param activation the activation
   * @return [batch, units]
   */
  public static double[] forward(
      double[] x, double[] kernel, double[] bias, Activation activation) {
    int units = bias.length;
    int inputs = kernel.length / units;
    int batch = x.length / inputs;
    double[] y = new double[batch * units];
    for (int n = 0; n < batch; n++) {
      for (int j = 0; j < units; j++) {
        double sum = bias[j];
        for (int i = 0; i < inputs; i++) {
          sum += x[n * inputs + i] * kernel[i * units + j];
        }
        y[n * units + j] = activate(sum, activation);
      }
    }
    return y;
  }

  /**
   * Computes softmax.
   *
   * @param logits [batch, classes]
   * @param classes the number of classes
   * @return the probabilities, [batch, classes]
   */
  public static double[] softmax(double[] logits, int classes) {
    double[] probabilities = new double[logits.length];
    for (int start = 0; start < logits.length; start += classes) {
      double sum = 0;
      for (int i = start; i < start + classes; i++) {
        probabilities[i] = Math.exp(logits[i]);
        sum += probabilities[i];
      }
      for (int i = start; i < start + classes; i++) {
        probabilities[i] /= sum;
      }
    }
    return probabilities;
  }

  /** Widens values. */
  public static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /** Applies an activation function. */
  public static double activate(double x, Activation activation) {
    return switch (activation) {
      case LINEAR -> x;
      case RELU -> Math.max(x, 0);
      case TANH -> Math.tanh(x);
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case LEAKY_RELU -> x > 0 ? x : 0.01 * x;
      case RELU6 -> Math.min(Math.max(x, 0), 6);
      case ELU -> x > 0 ? x : Math.expm1(x);
      case SELU -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x));
      case SOFTPLUS -> Math.log1p(Math.exp(x));
      case GELU -> x * normal(x);
      case GELU_TANH ->
          0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case SWISH -> x / (1 + Math.exp(-x));
    };
  }

  /**
   * The distribution function of the standard normal, by its series around zero: {@code 1/2 +
   * density(x) (x + x^3/3 + x^5/(3 5) + ...)}.
   */
  private static double normal(double x) {
    double term = x;
    double sum = x;
    for (int i = 3; i < 200; i += 2) {
      term *= x * x / i;
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }
}
