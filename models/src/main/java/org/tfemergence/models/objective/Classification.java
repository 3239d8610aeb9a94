package org.tfemergence.models.objective;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * One class per example: softmax and cross-entropy. Measures {@code loss}, {@code accuracy}, and on
 * request {@code top_K_accuracy}, the share of examples whose class is among the K greatest logits.
 * Of equal logits the lower class counts as the greater, in both; an example whose loss is NaN, as
 * with a logit that is NaN, is found in neither.
 *
 * @param smoothing the share of the label that is spread evenly over all classes, in [0, 1)
 *     (Szegedy et al., arXiv 1512.00567, section 7); the loss has it in evaluation too
 * @param top the K of accuracies to measure besides that of the greatest logit, each at least 1 and
 *     named once
 */
public record Classification(double smoothing, ImmutableList<Integer> top) implements Objective {
  /**
   * Creates the objective.
   *
   * @throws IllegalArgumentException if the smoothing or a K is out of its range, or a K is there
   *     twice
   */
  public Classification {
    Objects.requireNonNull(top, "top");
    CrossEntropy.requireSmoothing(smoothing);
    CrossEntropy.requireTop(top);
  }

  /** Creates the objective without label smoothing. */
  public Classification() {
    this(0, ImmutableList.of());
  }

  @Override
  public Shape labels(Shape logits) {
    if (logits.numDimensions() != 1) {
      throw new IllegalArgumentException(
          "classification must have logits of [classes], got " + logits);
    }
    return Shape.scalar();
  }

  @Override
  public Totals totals(Ops tf, Operand<TFloat32> logits, Operand<TInt32> labels) {
    CrossEntropy rows = new CrossEntropy(logits, labels, smoothing);
    Operand<TInt32> axis = tf.constant(0);
    Operand<TFloat32> losses = rows.losses(tf);
    Operand<TFloat32> loss = tf.reduceSum(losses, axis);
    ImmutableMap.Builder<String, Operand<TFloat32>> sums = ImmutableMap.builder();
    sums.put("loss", loss);
    sums.put("accuracy", tf.reduceSum(rows.found(tf, losses), axis));
    if (!top.isEmpty()) {
      Operand<TFloat32> ranks = rows.ranks(tf);
      for (int k : top) {
        sums.put(
            "top_" + k + "_accuracy", tf.reduceSum(rows.foundAmong(tf, losses, ranks, k), axis));
      }
    }
    return new Totals(loss, tf.dtypes.cast(tf.size(labels), TFloat32.class), sums.buildOrThrow());
  }

  @Override
  public ImmutableMap<String, Double> metrics(MetricSums sums) {
    ImmutableMap.Builder<String, Double> metrics = ImmutableMap.builder();
    sums.sums().keySet().forEach(name -> metrics.put(name, sums.mean(name)));
    return metrics.buildOrThrow();
  }
}
