package org.tfemergence.emergence.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.Sign;
import org.tfemergence.emergence.activity.VerdictRule;

/**
 * The values of one layer's units, or channels, in each example of a batch, beside its activations.
 *
 * @param tf where the layer's operations go
 * @param values one per example and unit, [batch, ...]
 * @param type their type
 * @param real which of them are not padding, if some are: of their rank, to be broadcast
 * @param batch the number of examples
 * @param shape the shape of one example's values
 * @param <T> the type of the values
 */
record LayerValues<T extends TNumber>(
    Ops tf,
    Operand<T> values,
    Class<T> type,
    Optional<Operand<TBool>> real,
    Operand<TInt32> batch,
    Shape shape) {
  /*
   * Follows ActivityCounter. Activations stay in float32, whose sums over positions are taken as
   * they are. The value of a channel in an example is a quotient and goes on in float64, as the
   * counter has it: [batch, channels] is small.
   */

  /** Adds what a rule's sign and granularity make of a layer's activations. */
  static LayerValues<?> of(Ops scope, Tap tap, VerdictRule rule) {
    Ops tf = Placement.beside(scope, tap.activations());
    Operand<TInt32> batch = tf.gather(tf.shape(tap.activations()), tf.constant(0), tf.constant(0));
    Operand<TFloat32> values =
        rule.sign() == Sign.ABSOLUTE ? tf.math.abs(tap.activations()) : tap.activations();
    LayerValues<TFloat32> units =
        new LayerValues<>(
            tf,
            values,
            TFloat32.class,
            tap.mask().map(mask -> real(tf, tap, mask, batch)),
            batch,
            tap.unitShape());
    return rule.granularity() == Granularity.CHANNELS && tap.unitShape().numDimensions() > 1
        ? channels(units)
        : units;
  }

  /** Adds what tells which values are greater than a threshold; infinity is, NaN is not. */
  Operand<TBool> above(double theta) {
    return tf.math.greater(values, constant(roundedDown(theta)));
  }

  /** Adds a constant of the values' type. */
  Operand<T> constant(double value) {
    Operand<?> constant = type == TFloat64.class ? tf.constant(value) : tf.constant((float) value);
    return constant.asOutput().expect(type);
  }

  /**
   * Adds what tells which positions of a tap with a mask are real, [batch, positions..., 1]. The
   * reshape refuses a mask of another batch, which would otherwise be broadcast.
   */
  static Operand<TBool> real(
      Ops tf, Tap tap, Operand<? extends TType> mask, Operand<TInt32> batch) {
    List<Operand<TInt32>> dimensions = new ArrayList<>(List.of(batch));
    long[] unit = tap.unitShape().asArray();
    for (int i = 0; i < unit.length - 1; i++) {
      dimensions.add(tf.constant(Math.toIntExact(unit[i])));
    }
    dimensions.add(tf.constant(1));
    Operand<TBool> flags =
        mask.type() == TBool.class
            ? mask.asOutput().expect(TBool.class)
            : tf.math.greater(mask.asOutput().expect(TFloat32.class), tf.constant(0f));
    return tf.reshape(flags, tf.stack(dimensions));
  }

  /* [batch, positions..., channels] -> [batch, channels]: the mean over an example's positions. */
  private static LayerValues<TFloat64> channels(LayerValues<TFloat32> units) {
    Ops tf = units.tf();
    Shape shape = units.shape();
    Operand<TInt32> positions = tf.constant(IntStream.range(1, shape.numDimensions()).toArray());
    if (units.real().isEmpty()) {
      double count = (double) shape.size() / shape.get(-1);
      Operand<TFloat64> sums = Float64.of(tf, tf.reduceSum(units.values(), positions));
      return units.perChannel(tf.math.div(sums, tf.constant(count)), Optional.empty());
    }
    Operand<TBool> real = units.real().get();
    Operand<TFloat32> unpadded = tf.select(real, units.values(), tf.constant(0f));
    Operand<TFloat64> sums = Float64.of(tf, tf.reduceSum(unpadded, positions));
    Operand<TFloat64> counts = // [batch, 1]
        Float64.of(tf, tf.reduceSum(tf.dtypes.cast(real, TFloat32.class), positions));
    Operand<TBool> any = tf.math.greater(counts, tf.constant(0.0));
    return units.perChannel(tf.math.div(sums, counts), Optional.of(any));
  }

  private LayerValues<TFloat64> perChannel(Operand<TFloat64> means, Optional<Operand<TBool>> any) {
    return new LayerValues<>(tf, means, TFloat64.class, any, batch, Shape.of(shape.get(-1)));
  }

  /* A float is greater than theta just when it is greater than the greatest float up to theta. */
  private double roundedDown(double theta) {
    if (type == TFloat64.class) {
      return theta;
    }
    float nearest = (float) theta;
    return nearest > theta ? Math.nextDown(nearest) : nearest;
  }
}
