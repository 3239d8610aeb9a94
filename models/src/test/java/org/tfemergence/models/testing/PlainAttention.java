package org.tfemergence.models.testing;

import java.util.Arrays;

/** An attention product in plain Java and double: the oracle for what graphs compute. */
public final class PlainAttention {
  private PlainAttention() {}

  /**
   * Computes contexts, with loops only.
   *
   * @param q [batch, positions, width]
   * @param k [batch, others, width]
   * @param v [batch, others, value width]
   * @param real which keys may be looked at, [batch, others]
   * @param positions the number of queries of each example
   * @param heads the number of heads
   * @param causal whether a query looks only at its own position and those before it; queries are
   *     those of the last positions
   * @return [batch, positions, value width]
   */
  public static double[] forward(
      double[] q,
      double[] k,
      double[] v,
      boolean[][] real,
      int positions,
      int heads,
      boolean causal) {
    int batch = real.length;
    int others = real[0].length;
    return forward(
        q, k, v, real, positions, heads, causal, ones(batch * heads * positions * others));
  }

  /**
   * Computes contexts whose weights are multiplied with factors, as dropout does.
   *
   * @param q [batch, positions, width]
   * @param k [batch, others, width]
   * @param v [batch, others, value width]
   * @param real which keys may be looked at, [batch, others]; if none may, all weigh the same
   * @param positions the number of queries of each example
   * @param heads the number of heads
   * @param causal whether a query looks only at its own position and those before it
   * @param factors of the weights, [batch, heads, positions, others]
   * @return [batch, positions, value width]
   */
  public static double[] forward(
      double[] q,
      double[] k,
      double[] v,
      boolean[][] real,
      int positions,
      int heads,
      boolean causal,
      double[] factors) {
    int batch = real.length;
    int others = real[0].length;
    int width = k.length / (batch * others);
    int valueWidth = v.length / (batch * others);
    int size = width / heads;
    int valueSize = valueWidth / heads;
    double[] contexts = new double[batch * positions * valueWidth];
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < positions; i++) {
          double sum = 0;
          double[] weights = new double[others];
          for (int j = 0; j < others; j++) {
            boolean seen = real[b][j] && (!causal || j <= i + others - positions);
            double score = 0;
            for (int c = h * size; c < (h + 1) * size; c++) {
              score += q[(b * positions + i) * width + c] * k[(b * others + j) * width + c];
            }
            weights[j] = seen ? Math.exp(score / Math.sqrt(size)) : 0;
            sum += weights[j];
          }
          for (int j = 0; j < others; j++) {
            for (int c = h * valueSize; c < (h + 1) * valueSize; c++) {
              contexts[(b * positions + i) * valueWidth + c] +=
                  factors[((b * heads + h) * positions + i) * others + j]
                      * (sum == 0 ? 1.0 / others : weights[j] / sum)
                      * v[(b * others + j) * valueWidth + c];
            }
          }
        }
      }
    }
    return contexts;
  }

  private static double[] ones(int count) {
    double[] ones = new double[count];
    Arrays.fill(ones, 1);
    return ones;
  }
}
