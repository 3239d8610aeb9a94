package org.tfemergence.models.objective;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Objects;
import java.util.OptionalInt;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * One token per position of a sequence, as in translation: padding is left out of every sum.
 * Measures, per real token, {@code loss}, {@code accuracy}, {@code perplexity} (the exponential of
 * the mean negative log probability, without label smoothing), and on request {@code
 * top_K_accuracy}. Of equal logits the lower token counts as the greater, in both accuracies; a
 * token whose loss is NaN is found in neither.
 *
 * @param padding the number of the token that is padding
 * @param smoothing the share of the label that is spread evenly over the vocabulary, in [0, 1); the
 *     loss has it in evaluation too
 * @param top the K of accuracies to measure besides that of the greatest logit, each at least 1 and
 *     named once
 */
public record TokenPrediction(int padding, double smoothing, ImmutableList<Integer> top)
    implements Objective {
  private static final String SURPRISE = "surprise";

  /**
   * Creates the objective.
   *
   * @throws IllegalArgumentException if the padding is negative, the smoothing or a K is out of its
   *     range, or a K is there twice
   */
  public TokenPrediction {
    Objects.requireNonNull(top, "top");
    if (padding < 0) {
      throw new IllegalArgumentException("padding must not be negative, got " + padding);
    }
    CrossEntropy.requireSmoothing(smoothing);
    CrossEntropy.requireTop(top);
  }

  /**
   * Creates the objective without top-K accuracies.
   *
   * @param padding the number of the token that is padding
   * @param smoothing the share of the label that is spread evenly, in [0, 1)
   */
  public TokenPrediction(int padding, double smoothing) {
    this(padding, smoothing, ImmutableList.of());
  }

  @Override
  public Shape labels(Shape logits) {
    if (logits.numDimensions() != 2) {
      throw new IllegalArgumentException(
          "token prediction must have logits of [positions, vocabulary], got " + logits);
    }
    return Shape.of(logits.get(0));
  }

  @Override
  public OptionalInt leftOut() {
    return OptionalInt.of(padding);
  }

  @Override
  public Totals totals(Ops tf, Operand<TFloat32> logits, Operand<TInt32> labels) {
    Operand<TInt32> flat = tf.reshape(labels, tf.constant(new int[] {-1})); // [tokens]
    long vocabulary = logits.asOutput().shape().get(-1);
    CrossEntropy rows =
        new CrossEntropy(
            tf.reshape(logits, tf.constant(new long[] {-1, vocabulary})), // [tokens, vocabulary]
            flat,
            smoothing);
    Operand<TFloat32> real = // [tokens]
        tf.dtypes.cast(tf.math.notEqual(flat, tf.constant(padding)), TFloat32.class);
    Operand<TFloat32> losses = rows.losses(tf);
    Operand<TFloat32> loss = sum(tf, losses, real);
    ImmutableMap.Builder<String, Operand<TFloat32>> sums = ImmutableMap.builder();
    sums.put("loss", loss);
    sums.put("accuracy", sum(tf, rows.found(tf, losses), real));
    if (!top.isEmpty()) {
      Operand<TFloat32> ranks = rows.ranks(tf);
      for (int k : top) {
        sums.put("top_" + k + "_accuracy", sum(tf, rows.foundAmong(tf, losses, ranks, k), real));
      }
    }
    sums.put(SURPRISE, sum(tf, rows.surprises(tf, losses), real));
    return new Totals(loss, tf.reduceSum(real, tf.constant(0)), sums.buildOrThrow());
  }

  @Override
  public ImmutableMap<String, Double> metrics(MetricSums sums) {
    ImmutableMap.Builder<String, Double> metrics = ImmutableMap.builder();
    for (String name : sums.sums().keySet()) {
      if (name.equals(SURPRISE)) {
        metrics.put("perplexity", Math.exp(sums.mean(name)));
      } else {
        metrics.put(name, sums.mean(name));
      }
    }
    return metrics.buildOrThrow();
  }

  private static Operand<TFloat32> sum(Ops tf, Operand<TFloat32> values, Operand<TFloat32> real) {
    return tf.reduceSum(tf.math.mul(values, real), tf.constant(0));
  }
}
