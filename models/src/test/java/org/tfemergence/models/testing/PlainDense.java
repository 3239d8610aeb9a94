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

  private static double activate(double x, Activation activation) {
    return switch (activation) {
      case LINEAR -> x;
      case RELU -> Math.max(x, 0);
      case TANH -> Math.tanh(x);
      case SIGMOID -> 1 / (1 + Math.exp(-x));
    };
  }
}
