package org.tfemergence.emergence.graph;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;
import org.tfemergence.emergence.activity.ExampleRule;

/**
 * How many units of one layer are active in each example of a batch, all [batch].
 *
 * @param active the number of active units
 * @param units the number of units, those at padding left out
 * @param nonFinite the number of units with a value that is not finite
 * @param real with padding, whether any position of the example is real
 * @param batch the number of examples, a scalar
 */
record LayerExamples(
    Operand<TFloat64> active,
    Operand<TFloat64> units,
    Operand<TFloat64> nonFinite,
    Optional<Operand<TBool>> real,
    Operand<TInt32> batch) {
  /** Adds what counts a layer's units, beside its activations. */
  static LayerExamples build(Ops scope, Tap tap, ExampleRule rule) {
    return of(LayerValues.of(scope, tap, rule), rule.threshold());
  }

  private static <T extends TNumber> LayerExamples of(LayerValues<T> values, double theta) {
    Ops tf = values.tf();
    Operand<TBool> finite = tf.math.isFinite(values.values());
    Operand<TBool> active = tf.math.logicalAnd(finite, values.above(theta));
    Operand<TBool> nonFinite = tf.math.logicalNot(finite);
    if (values.real().isPresent()) {
      active = tf.math.logicalAnd(active, values.real().get());
      nonFinite = tf.math.logicalAnd(nonFinite, values.real().get());
    }
    Operand<TInt32> axes =
        tf.constant(IntStream.rangeClosed(1, values.shape().numDimensions()).toArray());
    return new LayerExamples(
        tf.reduceSum(Float64.of(tf, active), axes),
        units(values, axes),
        tf.reduceSum(Float64.of(tf, nonFinite), axes),
        values.real().map(real -> tf.reduceAny(real, axes)),
        values.batch());
  }

  private static Operand<TFloat64> units(LayerValues<?> values, Operand<TInt32> axes) {
    Ops tf = values.tf();
    if (values.real().isEmpty()) {
      return tf.fill(
          tf.stack(List.of(values.batch())), tf.constant((double) values.shape().size()));
    }
    Operand<TFloat64> positions = tf.reduceSum(Float64.of(tf, values.real().get()), axes);
    return tf.math.mul(positions, tf.constant((double) values.shape().get(-1)));
  }
}
