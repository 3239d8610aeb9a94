package org.tfemergence.models.objective;

import com.google.common.collect.ImmutableMap;
import java.util.OptionalInt;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * What is to be learnt: the loss to descend, and what is measured beside it. Everything is summed
 * over a batch, so that batches, micro-batches and shares of several devices add up. Immutable.
 */
public interface Objective {
  /**
   * Returns the shape of an example's labels, which are class or token numbers.
   *
   * @param logits the shape of an example's logits
   * @return the shape; of a sequence, its greatest number of positions
   * @throws IllegalArgumentException if the objective does not take such logits
   */
  Shape labels(Shape logits);

  /**
   * Returns the label that is padding, and left out of every sum.
   *
   * @return the number; empty if all labels count
   */
  default OptionalInt leftOut() {
    return OptionalInt.empty();
  }

  /**
   * Adds the operations that compare logits with labels.
   *
   * @param tf where to add them
   * @param logits [batch, logits shape...], unnormalized
   * @param labels [batch, labels shape...]
   * @return the sums over the batch
   */
  Totals totals(Ops tf, Operand<TFloat32> logits, Operand<TInt32> labels);

  /**
   * Makes metrics of sums.
   *
   * @param sums the sums of {@link Totals#sums()} over all batches of a pass, of a positive count
   * @return the metrics by name; {@code loss} is the mean of what is descended
   */
  ImmutableMap<String, Double> metrics(MetricSums sums);

  /**
   * What an objective sums up over a batch.
   *
   * @param loss the loss to descend, summed, differentiable with respect to the logits; a scalar
   * @param count over how many examples or tokens; a scalar
   * @param sums what metrics need, by name; scalars, the loss among them
   */
  record Totals(
      Operand<TFloat32> loss,
      Operand<TFloat32> count,
      ImmutableMap<String, Operand<TFloat32>> sums) {}
}
