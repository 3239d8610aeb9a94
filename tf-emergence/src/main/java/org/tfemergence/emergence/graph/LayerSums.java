package org.tfemergence.emergence.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Reducer;

/**
 * What stands for the examples of each unit of one layer, in variables beside its activations, and
 * the two ways to add a batch.
 *
 * @param tf where the layer's operations go
 * @param rule when a unit is active
 * @param joined the variable of one number per unit, not finite once a value was not
 * @param examples the variable of how many examples there were, padded or not
 * @param seen with padding, the variable of how many examples each position has, its units' alike
 * @param shape the layer's shape, or [channels] where channels are counted
 * @param restart begins with a batch
 * @param accumulate adds a batch
 */
record LayerSums(
    Ops tf,
    ActivityRule rule,
    VarHandleOp joined,
    VarHandleOp examples,
    Optional<VarHandleOp> seen,
    Shape shape,
    Op restart,
    Op accumulate) {
  /*
   * Follows ActivityCounter step by step. A batch is summed in float32, as its activations are; what
   * batches add up to is float64, in which a sum of many small values does not drift, and a number
   * of examples does not stand still at 2^24. Only vectors of one number per unit are ever cast.
   */

  /**
   * Of each unit, in {@code shape}, whether it is active, was always finite, and has an example at
   * all; that to be broadcast.
   */
  record Verdicts(
      Operand<TBool> active,
      Operand<TBool> finite,
      Operand<TBool> real,
      Operand<TFloat64> examples) {}

  /** The counts of a layer, scalars. */
  record Counts(
      Operand<TFloat64> active,
      Operand<TFloat64> units,
      Operand<TFloat64> nonFinite,
      Operand<TFloat64> examples) {}

  /** Adds a layer's variables, and what adds a batch to them. */
  static LayerSums build(Ops scope, Tap tap, ActivityRule rule) {
    return of(rule, LayerValues.of(scope, tap, rule));
  }

  /** Adds what counts the units that are active once a batch was added. */
  Counts counts(Op added) {
    Verdicts verdicts = verdicts(added);
    return new Counts(
        countTrue(tf, verdicts.active()),
        seen.isPresent() ? units(countTrue(tf, verdicts.real())) : units(),
        countTrue(tf, tf.math.logicalNot(verdicts.finite())),
        verdicts.examples());
  }

  /** Adds what tells which units are active once a batch was added. */
  Verdicts verdicts(Op added) {
    Ops after = tf.withControlDependencies(added);
    Operand<TFloat64> rows = after.readVariableOp(examples, TFloat64.class);
    Operand<TFloat64> divisor =
        seen.<Operand<TFloat64>>map(each -> after.readVariableOp(each, TFloat64.class))
            .orElse(rows);
    Operand<TFloat64> reduced = after.readVariableOp(joined, TFloat64.class);
    Operand<TFloat64> value =
        rule.reducer() instanceof Reducer.Max ? reduced : after.math.div(reduced, divisor);
    Operand<TBool> finite = after.math.isFinite(reduced);
    // In float64, as the counter compares: in float32 the threshold itself would be rounded.
    Operand<TBool> above =
        after.math.greater(value, after.constant(rule.reducer().bound(rule.threshold())));
    Operand<TBool> real = after.math.greater(divisor, after.constant(0.0));
    if (seen.isPresent()) {
      above = after.math.logicalAnd(above, real);
    }
    return new Verdicts(after.math.logicalAnd(finite, above), finite, real, rows);
  }

  /** Adds n of a layer without padding. */
  Operand<TFloat64> units() {
    return tf.constant((double) shape.size());
  }

  /** Adds n of a layer with padding. */
  Operand<TFloat64> units(Operand<TFloat64> positions) {
    return tf.math.mul(positions, tf.constant((double) shape.get(-1)));
  }

  private static <T extends TNumber> LayerSums of(ActivityRule rule, LayerValues<T> values) {
    Ops tf = values.tf();
    VarHandleOp joined = Kept.variable(tf, "sums", values.shape(), TFloat64.class);
    VarHandleOp examples = Kept.variable(tf, "examples", Shape.scalar(), TFloat64.class);
    Operand<TFloat64> batchExamples = Float64.of(tf, values.batch());
    List<Op> restart = new ArrayList<>();
    List<Op> accumulate = new ArrayList<>();

    Operand<T> added = contributions(rule, values);
    Operand<TFloat64> batchJoined;
    if (rule.reducer() instanceof Reducer.Max) {
      batchJoined = Float64.of(tf, tf.reduceMax(added, tf.constant(0)));
      Operand<TFloat64> before = tf.readVariableOp(joined, TFloat64.class);
      accumulate.add(tf.assignVariableOp(joined, tf.math.maximum(before, batchJoined)));
    } else {
      batchJoined = Float64.of(tf, tf.reduceSum(added, tf.constant(0)));
      accumulate.add(tf.assignAddVariableOp(joined, batchJoined));
    }
    restart.add(tf.assignVariableOp(joined, batchJoined));
    restart.add(tf.assignVariableOp(examples, batchExamples));
    accumulate.add(tf.assignAddVariableOp(examples, batchExamples));

    Optional<VarHandleOp> seen = Optional.empty();
    if (values.real().isPresent()) {
      Operand<TFloat32> real = tf.dtypes.cast(values.real().get(), TFloat32.class);
      Operand<TFloat64> batchSeen = Float64.of(tf, tf.reduceSum(real, tf.constant(0)));
      VarHandleOp each = Kept.variable(tf, "seen", batchSeen.asOutput().shape(), TFloat64.class);
      restart.add(tf.assignVariableOp(each, batchSeen));
      accumulate.add(tf.assignAddVariableOp(each, batchSeen));
      seen = Optional.of(each);
    }
    return new LayerSums(
        tf, rule, joined, examples, seen, values.shape(), all(tf, restart), all(tf, accumulate));
  }

  /* What each value adds. A sum is not finite when one of its values is not; to the other reducers
   * such a value is made visible as infinity. */
  private static <T extends TNumber> Operand<T> contributions(
      ActivityRule rule, LayerValues<T> batch) {
    Ops tf = batch.tf();
    Operand<T> added = batch.values();
    if (rule.reducer() instanceof Reducer.Share) {
      added = tf.dtypes.cast(batch.above(rule.threshold()), batch.type());
    }
    if (!(rule.reducer() instanceof Reducer.Mean)) {
      Operand<T> infinity = batch.constant(Double.POSITIVE_INFINITY);
      added = tf.select(tf.math.isFinite(batch.values()), added, infinity);
    }
    if (batch.real().isEmpty()) {
      return added;
    }
    double nothing = rule.reducer() instanceof Reducer.Max ? -Float.MAX_VALUE : 0;
    return tf.select(batch.real().get(), added, batch.constant(nothing));
  }

  /** Adds the number of flags that are set. */
  static Operand<TFloat64> countTrue(Ops tf, Operand<TBool> flags) {
    Operand<TFloat64> ones = Float64.of(tf, flags);
    return tf.reduceSum(tf.reshape(ones, tf.constant(new int[] {-1})), tf.constant(0));
  }

  private static Op all(Ops tf, List<Op> ops) {
    return tf.withControlDependencies(ops).noOp();
  }
}
