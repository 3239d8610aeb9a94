package org.tfemergence.emergence.trace;

import static org.tfemergence.emergence.trace.Perturbations.check;
import static org.tfemergence.emergence.trace.Perturbations.requireRefused;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;

/** Pooling, joins and concatenations of maps: each is wired as perturbations see it, or refused. */
final class MapTraceTest {
  private static final String ITSELF = "it combines a layer with itself";

  /* The mean of a window of four, of which one unit is 1, times four is 1. */
  @Test
  void trace_pooling_isWhatPerturbationsSee() {
    check(
        (tf, x) ->
            tf.math.mul(
                tf.nn.avgPool(x, List.of(1L, 2L, 2L, 1L), List.of(1L, 1L, 2L, 1L), "VALID"),
                tf.constant(4f)));
    check((tf, x) -> tf.nn.maxPool(x, tf.array(1, 2, 3, 1), tf.array(1, 2, 1, 1), "SAME"));
  }

  @Test
  void trace_reductionOverPlaces_isWhatPerturbationsSee() {
    check((tf, x) -> tf.reduceMax(x, tf.array(1, 2), ReduceMax.keepDims(true)));
    check((tf, x) -> tf.reduceSum(x, tf.array(1, 2), ReduceSum.keepDims(true)));
  }

  /* So that a unit that grows makes what it reaches grow, some are negated on either side. */
  @Test
  void trace_joins_areWhatPerturbationsSee() {
    check((tf, x) -> tf.math.sub(left(tf, x), tf.math.neg(right(tf, x))));
    check((tf, x) -> tf.math.maximum(left(tf, x), right(tf, x)));
    check(
        (tf, x) ->
            tf.math.neg(tf.math.minimum(tf.math.neg(left(tf, x)), tf.math.neg(right(tf, x)))));
  }

  @Test
  void trace_rowsOneBehindTheOther_areWhatPerturbationsSee() {
    check((tf, x) -> tf.concat(List.of(x, rows(tf, x)), tf.constant(1)));
    check((tf, x) -> tf.concat(List.of(x, x), tf.constant(1)));
  }

  /* Off the diagonal each unit reaches two places, which one edge cannot say. */
  @Test
  void trace_layerAndItsTranspose_isRefused() {
    requireRefused(
        ITSELF,
        (tf, x) -> {
          Operand<TFloat32> square = tf.slice(x, tf.array(0, 0, 1, 0), tf.array(-1, 3, 3, -1));
          Operand<TFloat32> turned = tf.linalg.transpose(square, tf.array(0, 2, 1, 3));
          return tf.withName("odd").math.add(square, turned);
        });
  }

  /* Differences of adjacent rows. */
  @Test
  void trace_layerPaddedInTwoWays_isRefused() {
    requireRefused(
        ITSELF, (tf, x) -> tf.withName("odd").math.sub(padded(tf, x, 1, 0), padded(tf, x, 0, 1)));
  }

  /* As squeeze and excitation has it: a factor for each channel, of another layer. */
  @Test
  void trace_gateThatIsBroadcast_isRefused() {
    requireRefused(
        "layers of different shapes",
        (tf, x) -> {
          Operand<TFloat32> squeezed = tf.math.mean(x, tf.array(1, 2), Mean.keepDims(true));
          return tf.withName("odd").math.mul(x, tf.math.sigmoid(squeezed));
        });
  }

  @Test
  void trace_layerThatIsBroadcast_isRefused() {
    requireRefused(
        "does not hold units of [1, 1, 6]",
        (tf, x) -> {
          Operand<TFloat32> pooled = tf.reduceMax(x, tf.array(1, 2), ReduceMax.keepDims(true));
          Operand<TFloat32> twice = tf.fill(tf.array(1, 2, 1, 1), tf.constant(1f));
          return tf.withName("odd").math.mul(pooled, twice);
        });
  }

  private static Operand<TFloat32> left(Ops tf, Operand<TFloat32> x) {
    return tf.slice(x, tf.array(0, 0, 0, 0), tf.array(-1, -1, -1, 2));
  }

  private static Operand<TFloat32> right(Ops tf, Operand<TFloat32> x) {
    return tf.slice(x, tf.array(0, 0, 0, 3), tf.array(-1, -1, -1, 2));
  }

  private static Operand<TFloat32> rows(Ops tf, Operand<TFloat32> x) {
    return tf.slice(x, tf.array(0, 1, 0, 0), tf.array(-1, 2, -1, -1));
  }

  private static Operand<TFloat32> padded(Ops tf, Operand<TFloat32> x, int above, int below) {
    int[][] paddings = {{0, 0}, {above, below}, {0, 0}, {0, 0}};
    return tf.pad(x, tf.constant(paddings), tf.constant(0f));
  }
}
