package org.tfemergence.models.objective;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gather;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * The cross-entropy of rows of logits with smoothed labels, and how often the label is found.
 *
 * @param logits [rows, classes]
 * @param labels [rows]
 * @param smoothing the share of the label that is spread evenly over all classes
 */
/*
 * SparseSoftmaxCrossEntropyWithLogits has no gradient in TensorFlow Java. The dense operation has,
 * in float32 and for matrices, and smoothed labels are no more than other on and off values.
 */
record CrossEntropy(Operand<TFloat32> logits, Operand<TInt32> labels, double smoothing) {
  static void requireSmoothing(double smoothing) {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new IllegalArgumentException("label smoothing must be in [0, 1), got " + smoothing);
    }
  }

  static void requireTop(ImmutableList<Integer> top) {
    Set<Integer> seen = new HashSet<>();
    for (int k : top) {
      if (k < 1) {
        throw new IllegalArgumentException("top must be at least 1, got " + k);
      }
      if (!seen.add(k)) {
        throw new IllegalArgumentException("top must have each number once, got " + k + " twice");
      }
    }
  }

  /** Returns the loss of each row, [rows]. */
  Operand<TFloat32> losses(Ops tf) {
    int classes = classes();
    double off = smoothing / classes;
    Operand<TFloat32> targets = // [rows, classes]
        tf.oneHot(
            labels,
            tf.constant(classes),
            tf.constant((float) (1 - smoothing + off)),
            tf.constant((float) off));
    return tf.nn.softmaxCrossEntropyWithLogits(logits, targets).loss();
  }

  /**
   * Returns the negative log probability of each row's label, [rows]: the loss without smoothing.
   * Not meant to be differentiated.
   *
   * <p>With x the logits, y the label and s the smoothing, the loss is {@code logsumexp(x) - (1 -
   * s) x_y - s mean(x)}, so without smoothing it is less by {@code s (x_y - mean(x))}.
   */
  Operand<TFloat32> surprises(Ops tf, Operand<TFloat32> losses) {
    if (smoothing == 0) {
      return losses;
    }
    return tf.math.sub(
        losses,
        tf.math.mul(
            tf.constant((float) smoothing),
            tf.math.sub(ofLabels(tf), tf.math.mean(logits, tf.constant(1)))));
  }

  /**
   * Returns 1 for each row whose greatest logit is the label's, else 0; [rows]. Of equal logits the
   * lower class comes first, and where the loss is NaN nothing is found.
   */
  Operand<TFloat32> found(Ops tf, Operand<TFloat32> losses) {
    Operand<TInt64> predicted = tf.math.argMax(logits, tf.constant(1)); // [rows]
    Operand<TBool> hits = tf.math.equal(predicted, tf.dtypes.cast(labels, TInt64.class));
    return whereKnown(tf, losses, hits);
  }

  /**
   * Returns how many classes come before the label by their logits, of equal ones the lower class
   * first; [rows].
   */
  Operand<TFloat32> ranks(Ops tf) {
    Operand<TFloat32> ofLabel = tf.expandDims(ofLabels(tf), tf.constant(1)); // [rows, 1]
    Operand<TBool> lower = // [rows, classes]
        tf.math.less(
            tf.range(tf.constant(0), tf.constant(classes()), tf.constant(1)),
            tf.expandDims(labels, tf.constant(1)));
    Operand<TBool> before =
        tf.math.logicalOr(
            tf.math.greater(logits, ofLabel),
            tf.math.logicalAnd(lower, tf.math.equal(logits, ofLabel)));
    return tf.reduceSum(tf.dtypes.cast(before, TFloat32.class), tf.constant(1));
  }

  /**
   * Returns 1 for each row whose label is among its k first classes, else 0; [rows]. Where the loss
   * is NaN nothing is found.
   */
  Operand<TFloat32> foundAmong(Ops tf, Operand<TFloat32> losses, Operand<TFloat32> ranks, int k) {
    return whereKnown(tf, losses, tf.math.less(ranks, tf.constant((float) k)));
  }

  private static Operand<TFloat32> whereKnown(
      Ops tf, Operand<TFloat32> losses, Operand<TBool> hits) {
    return tf.dtypes.cast(
        tf.math.logicalAnd(hits, tf.math.logicalNot(tf.math.isNan(losses))), TFloat32.class);
  }

  private Operand<TFloat32> ofLabels(Ops tf) {
    return tf.squeeze( // [rows]
        tf.gather(
            logits, tf.expandDims(labels, tf.constant(1)), tf.constant(1), Gather.batchDims(1L)),
        Squeeze.axis(List.of(1L)));
  }

  private int classes() {
    return Math.toIntExact(logits.asOutput().shape().get(1));
  }
}
