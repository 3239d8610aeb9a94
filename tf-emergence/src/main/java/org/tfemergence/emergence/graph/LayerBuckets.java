package org.tfemergence.emergence.graph;

import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.core.ReduceMin;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;
import org.tfemergence.emergence.activity.FloatBuckets;

/**
 * The counts of one layer's activations by {@link FloatBuckets}, in two small variables beside
 * them, and the two ways to add a batch.
 *
 * @param tf where the layer's operations go
 * @param sums the variable of what adds up: counts, sum, sum of squares, examples
 * @param extremes the variable of the least value and minus the greatest
 * @param restart begins with a batch
 * @param accumulate adds a batch
 */
record LayerBuckets(Ops tf, VarHandleOp sums, VarHandleOp extremes, Op restart, Op accumulate) {
  /*
   * A code is the first bits of an activation: a shift and a mask, which TensorFlow has for int32 on
   * every device, unlike sums. Bins are counted per example, in float32, which is exact below 2^24;
   * all that is added up over examples is float64. An example with a value that is not finite is
   * left out of sums and extremes, not of the counts.
   */

  /** How many numbers a layer gives, and where behind the counts they are. */
  static final int SIZE = FloatBuckets.CODES + 5;

  static final int SUM = 0;
  static final int SUM_OF_SQUARES = 1;
  static final int MIN = 3;
  static final int MINUS_MAX = 4;
  private static final int EXAMPLES = FloatBuckets.CODES + 2;
  private static final long MOST_UNITS = 1L << 24;

  /** Adds a layer's variables, and what adds a batch to them. */
  static LayerBuckets build(Ops scope, Tap tap) {
    if (tap.units() >= MOST_UNITS) {
      throw new IllegalArgumentException(
          "layer '" + tap.layer() + "' must have less than 2^24 units, got " + tap.units());
    }
    Ops tf = Placement.beside(scope, tap.activations());
    Operand<TFloat32> values = // [batch, units]
        tf.reshape(tap.activations(), tf.constant(new int[] {-1, (int) tap.units()}));
    Optional<Operand<TBool>> real = tap.mask().map(mask -> real(tf, tap, mask));
    VarHandleOp sums = Kept.variable(tf, "sums", Shape.of(EXAMPLES + 1), TFloat64.class);
    VarHandleOp extremes = Kept.variable(tf, "extremes", Shape.of(2), TFloat64.class);
    Moments moments = moments(tf, filled(tf, values, real, 0));
    Operand<TFloat64> batchSums = sums(tf, values, real, moments);
    Operand<TFloat64> batchExtremes = extremes(tf, values, real, moments.finite());
    Op restart =
        tf.withControlDependencies(
                List.of(
                    tf.assignVariableOp(sums, batchSums),
                    tf.assignVariableOp(extremes, batchExtremes)))
            .noOp();
    Operand<TFloat64> before = tf.readVariableOp(extremes, TFloat64.class);
    Op accumulate =
        tf.withControlDependencies(
                List.of(
                    tf.assignAddVariableOp(sums, batchSums),
                    tf.assignVariableOp(extremes, tf.math.minimum(before, batchExtremes))))
            .noOp();
    return new LayerBuckets(tf, sums, extremes, restart, accumulate);
  }

  /** Adds what reads all numbers once a batch was added: a vector of {@link #SIZE}. */
  Operand<TFloat64> read(Op added) {
    Ops after = tf.withControlDependencies(added);
    return after.concat(
        List.of(
            after.readVariableOp(sums, TFloat64.class),
            after.readVariableOp(extremes, TFloat64.class)),
        tf.constant(0));
  }

  /** Adds what reads the number of examples once a batch was added. */
  Operand<TFloat64> examples(Op added) {
    Operand<TFloat64> all = tf.withControlDependencies(added).readVariableOp(sums, TFloat64.class);
    return tf.gather(all, tf.constant(EXAMPLES), tf.constant(0));
  }

  private static Operand<TFloat64> sums(
      Ops tf, Operand<TFloat32> values, Optional<Operand<TBool>> real, Moments moments) {
    Operand<TInt32> codes =
        tf.bitwise.bitwiseAnd(
            tf.bitwise.rightShift(
                tf.bitcast(values, TInt32.class), tf.constant(FloatBuckets.SHIFT)),
            tf.constant(FloatBuckets.CODES - 1));
    if (real.isPresent()) {
      // A code beyond the last is not counted.
      codes = tf.select(real.get(), codes, tf.constant(FloatBuckets.CODES));
    }
    Operand<TFloat32> noWeights = tf.zeros(tf.constant(new int[] {0}), TFloat32.class);
    Operand<TFloat64> counts = // [batch, codes]
        Float64.of(tf, tf.math.denseBincount(codes, tf.constant(FloatBuckets.CODES), noWeights));
    Operand<TBool> finite = moments.finite();
    Operand<TFloat64> zero = tf.constant(0.0);
    Operand<TFloat64> numbers = // [batch, 3]
        tf.stack(
            List.of(
                tf.select(finite, moments.sum(), zero),
                tf.select(finite, moments.squares(), zero),
                tf.onesLike(moments.sum())),
            Stack.axis(1L));
    return tf.reduceSum(tf.concat(List.of(counts, numbers), tf.constant(1)), tf.constant(0));
  }

  /** Of each example the sum of its values and of their squares, and whether all are finite. */
  private record Moments(Operand<TFloat64> sum, Operand<TFloat64> squares, Operand<TBool> finite) {}

  private static Moments moments(Ops tf, Operand<TFloat32> values) {
    Operand<TFloat32> scale = scale(tf, values); // [batch, 1]
    Operand<TFloat32> scaled = tf.math.div(values, scale);
    Operand<TFloat64> factor = tf.squeeze(Float64.of(tf, scale), Squeeze.axis(List.of(1L)));
    Operand<TFloat64> sum = Float64.of(tf, tf.reduceSum(scaled, tf.constant(1))); // [batch]
    Operand<TFloat64> squares =
        Float64.of(tf, tf.reduceSum(tf.math.square(scaled), tf.constant(1)));
    return new Moments(
        tf.math.mul(sum, factor),
        tf.math.mul(squares, tf.math.square(factor)),
        tf.math.isFinite(sum));
  }

  /*
   * Of each example, the greatest power of two up to its greatest magnitude, [batch, 1]: divided by
   * it, nothing is rounded, and neither sums nor squares leave the range of float32.
   */
  private static Operand<TFloat32> scale(Ops tf, Operand<TFloat32> values) {
    ReduceMax.Options keep = ReduceMax.keepDims(true);
    Operand<TFloat32> magnitude =
        tf.math.maximum(
            tf.reduceMax(values, tf.constant(1), keep),
            tf.math.neg(tf.reduceMin(values, tf.constant(1), ReduceMin.keepDims(true))));
    Operand<TInt32> exponent =
        tf.bitwise.bitwiseAnd(tf.bitcast(magnitude, TInt32.class), tf.constant(0x7f800000));
    Operand<TFloat32> power = tf.bitcast(exponent, TFloat32.class);
    return tf.select(tf.math.greater(power, tf.constant(0f)), power, tf.constant(1f));
  }

  private static Operand<TFloat64> extremes(
      Ops tf, Operand<TFloat32> values, Optional<Operand<TBool>> real, Operand<TBool> finite) {
    Operand<TFloat32> most = tf.constant(Float.MAX_VALUE);
    Operand<TFloat32> least = // [batch]
        tf.reduceMin(filled(tf, values, real, Float.MAX_VALUE), tf.constant(1));
    Operand<TFloat32> greatest =
        tf.reduceMax(filled(tf, values, real, -Float.MAX_VALUE), tf.constant(1));
    Operand<TFloat32> both = // [2, batch]
        tf.stack(
            List.of(
                tf.select(finite, least, most), tf.select(finite, tf.math.neg(greatest), most)));
    return Float64.of(tf, tf.reduceMin(both, tf.constant(1)));
  }

  /* The activations, with a value in place of padding. */
  private static Operand<TFloat32> filled(
      Ops tf, Operand<TFloat32> values, Optional<Operand<TBool>> real, float padding) {
    return real.<Operand<TFloat32>>map(flags -> tf.select(flags, values, tf.constant(padding)))
        .orElse(values);
  }

  /* [batch, units]: whether the position of each unit is real. */
  private static Operand<TBool> real(Ops tf, Tap tap, Operand<? extends TType> mask) {
    Operand<TInt32> shape = tf.shape(tap.activations());
    Operand<TInt32> batch = tf.gather(shape, tf.constant(0), tf.constant(0));
    Operand<TBool> each = // [batch, positions..., channels]
        tf.broadcastTo(LayerValues.real(tf, tap, mask, batch), shape);
    return tf.reshape(each, tf.constant(new int[] {-1, (int) tap.units()}));
  }
}
