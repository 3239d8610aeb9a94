package org.tfemergence.emergence.testing;

import java.util.function.ToDoubleFunction;

/** Gradients by central differences: the oracle for gradients that a graph computes. */
public final class CentralDifferences {
  /*
   * The error is step^2 / 6 times the third derivative, plus the rounding of the function over the
   * step: about 1e-10 for functions of double whose values and derivatives are near 1.
   */
  private static final double STEP = 1e-5;

  private CentralDifferences() {}

  /**
   * Computes the gradient of a function that computes in double.
   *
   * @param function the function, smooth within 1e-5 of the point
   * @param point where; left as it was
   * @return the derivative by each coordinate
   */
  public static double[] gradient(ToDoubleFunction<double[]> function, double[] point) {
    double[] moved = point.clone();
    double[] gradient = new double[point.length];
    for (int i = 0; i < point.length; i++) {
      moved[i] = point[i] + STEP;
      double above = function.applyAsDouble(moved);
      moved[i] = point[i] - STEP;
      double below = function.applyAsDouble(moved);
      moved[i] = point[i];
      gradient[i] = (above - below) / (2 * STEP);
    }
    return gradient;
  }
}
