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
 * @param type the type of that variable
 * @param examples the variable of how many examples there were, padded or not
 * @param seen with padding, the variable of how many examples each unit has
 * @param restart begins with a batch
 * @param accumulate adds a batch
 * @param <T> the type of {@code joined}
 */
record LayerSums<T extends TNumber>(
    Ops tf,
    ActivityRule rule,
    VarHandleOp joined,
    Class<T> type,
    VarHandleOp examples,
    Optional<VarHandleOp> seen,
    Op restart,
    Op accumulate) {
  /*
   * Follows ActivityCounter step by step. Sums over the examples of float32 values are taken as
   * they are.
   */

  /** Of each unit, in the layer's shape, whether it is active and was always finite. */
  record Verdicts(Operand<TBool> active, Operand<TBool> finite, Operand<TFloat64> examples) {}

  /** The counts of a layer, scalars. */
  record Counts(
      Operand<TFloat64> active, Operand<TFloat64> nonFinite, Operand<TFloat64> examples) {}

  /** Adds a layer's variables, and what adds a batch to them. */
  static LayerSums<?> build(Ops scope, Tap tap, ActivityRule rule) {
    return of(rule, LayerValues.of(scope, tap, rule));
  }

  /** Adds what counts the units that are active once a batch was added. */
  Counts counts(Op added) {
    Verdicts verdicts = verdicts(added);
    return new Counts(
        countTrue(tf, verdicts.active()),
        countTrue(tf, tf.math.logicalNot(verdicts.finite())),
        verdicts.examples());
  }

  /** Adds what tells which units are active once a batch was added. */
  Verdicts verdicts(Op added) {
    Ops after = tf.withControlDependencies(added);
    Operand<TFloat64> rows = float64(after, after.readVariableOp(examples, TFloat32.class));
    Operand<TFloat64> divisor =
        seen.map(each -> float64(after, after.readVariableOp(each, TFloat32.class))).orElse(rows);
    Operand<T> read = after.readVariableOp(joined, type);
    Operand<TFloat64> reduced = float64(after, read);
    Operand<TFloat64> value =
        rule.reducer() instanceof Reducer.Max ? reduced : after.math.div(reduced, divisor);
    Operand<TBool> finite = after.math.isFinite(read);
    // In float64, as the counter compares: in float32 the threshold itself would be rounded.
    Operand<TBool> above =
        after.math.greater(value, after.constant(rule.reducer().bound(rule.threshold())));
    if (seen.isPresent()) {
      above = after.math.logicalAnd(above, after.math.greater(divisor, after.constant(0.0)));
    }
    return new Verdicts(after.math.logicalAnd(finite, above), finite, rows);
  }

  private static <T extends TNumber> LayerSums<T> of(ActivityRule rule, LayerValues<T> values) {
    Ops tf = values.tf();
    VarHandleOp joined = variable(tf, values.shape(), values.type());
    VarHandleOp examples = variable(tf, Shape.scalar(), TFloat32.class);
    Operand<TFloat32> batchExamples = tf.dtypes.cast(values.batch(), TFloat32.class);
    List<Op> restart = new ArrayList<>();
    List<Op> accumulate = new ArrayList<>();

    Operand<T> batchJoined;
    if (rule.reducer() instanceof Reducer.Max) {
      batchJoined = tf.reduceMax(contributions(rule, values), tf.constant(0));
      Operand<T> before = tf.readVariableOp(joined, values.type());
      accumulate.add(tf.assignVariableOp(joined, tf.math.maximum(before, batchJoined)));
    } else {
      batchJoined = tf.reduceSum(contributions(rule, values), tf.constant(0));
      accumulate.add(tf.assignAddVariableOp(joined, batchJoined));
    }
    restart.add(tf.assignVariableOp(joined, batchJoined));
    restart.add(tf.assignVariableOp(examples, batchExamples));
    accumulate.add(tf.assignAddVariableOp(examples, batchExamples));

    Optional<VarHandleOp> seen = Optional.empty();
    if (values.real().isPresent()) {
      Operand<TFloat32> batchSeen =
          tf.reduceSum(tf.dtypes.cast(values.real().get(), TFloat32.class), tf.constant(0));
      VarHandleOp each = variable(tf, batchSeen.asOutput().shape(), TFloat32.class);
      restart.add(tf.assignVariableOp(each, batchSeen));
      accumulate.add(tf.assignAddVariableOp(each, batchSeen));
      seen = Optional.of(each);
    }
    return new LayerSums<>(
        tf, rule, joined, values.type(), examples, seen, all(tf, restart), all(tf, accumulate));
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

  private static Operand<TFloat64> float64(Ops tf, Operand<? extends TNumber> value) {
    return tf.dtypes.cast(value, TFloat64.class);
  }

  private static Operand<TFloat64> countTrue(Ops tf, Operand<TBool> flags) {
    Operand<TFloat64> ones = tf.dtypes.cast(flags, TFloat64.class);
    return tf.reduceSum(tf.reshape(ones, tf.constant(new int[] {-1})), tf.constant(0));
  }

  private static Op all(Ops tf, List<Op> ops) {
    return tf.withControlDependencies(ops).noOp();
  }

  private static VarHandleOp variable(Ops tf, Shape shape, Class<? extends TNumber> type) {
    String name = tf.scope().makeOpName("sums");
    return tf.withName("handle").varHandleOp(type, shape, VarHandleOp.sharedName(name));
  }
}
