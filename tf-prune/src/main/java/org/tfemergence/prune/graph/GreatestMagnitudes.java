package org.tfemergence.prune.graph;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.NthElement;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Weight;

/**
 * The operations that choose, among the weights of one or more tensors, those of greatest
 * magnitude. Everything but the search for the threshold stays beside its tensor.
 */
final class GreatestMagnitudes {
  private GreatestMagnitudes() {}

  /*
   * nthElement finds the k-th greatest magnitude in linear time. All greater ones stay, and of those
   * equal to it the first few: running counts over the equal ones, tensor by tensor, tell which.
   * Float64 counts are exact on every device; int32 ones would leave a GPU.
   */
  static ImmutableList<Operand<TFloat32>> masks(
      Ops tf,
      List<Weight> weights,
      List<Operand<TFloat32>> values,
      List<Operand<TFloat32>> before,
      Operand<TInt32> k) {
    List<Operand<TFloat32>> magnitudes = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      magnitudes.add(magnitude(weights.get(i).beside(tf), values.get(i), before.get(i)));
    }
    Ops near = weights.get(0).beside(tf);
    Operand<TFloat32> all =
        magnitudes.size() == 1 ? magnitudes.get(0) : near.concat(magnitudes, near.constant(0));
    Operand<TFloat32> threshold =
        near.nn.nthElement(all, near.math.sub(k, near.constant(1)), NthElement.reverse(true));

    List<Operand<TBool>> greater = new ArrayList<>();
    Operand<TFloat64> missing = near.dtypes.cast(k, TFloat64.class);
    for (int i = 0; i < weights.size(); i++) {
      Ops beside = weights.get(i).beside(tf);
      greater.add(beside.math.greater(magnitudes.get(i), threshold));
      missing = near.math.sub(missing, count(beside, greater.get(i)));
    }
    ImmutableList.Builder<Operand<TFloat32>> masks = ImmutableList.builder();
    for (int i = 0; i < weights.size(); i++) {
      Ops beside = weights.get(i).beside(tf);
      Operand<TBool> equal = beside.math.equal(magnitudes.get(i), threshold);
      Operand<TFloat64> place =
          beside.math.cumsum(beside.dtypes.cast(equal, TFloat64.class), beside.constant(0));
      Operand<TBool> kept =
          beside.math.logicalOr(
              greater.get(i), beside.math.logicalAnd(equal, beside.math.lessEqual(place, missing)));
      masks.add(
          beside.reshape(
              beside.dtypes.cast(kept, TFloat32.class),
              beside.constant(weights.get(i).shape().asArray())));
      missing = near.math.sub(missing, count(beside, equal));
    }
    return masks.build();
  }

  /** Returns the number of true flags, in float64. */
  static Operand<TFloat64> count(Ops tf, Operand<TBool> flags) {
    Operand<TFloat64> ones = tf.dtypes.cast(flags, TFloat64.class);
    return tf.reduceSum(tf.reshape(ones, tf.constant(new int[] {-1})), tf.constant(0));
  }

  /* What was masked before comes after all others. */
  private static Operand<TFloat32> magnitude(
      Ops tf, Operand<TFloat32> value, Operand<TFloat32> before) {
    Operand<TBool> present = tf.math.greater(before, tf.constant(0f));
    return tf.reshape(
        tf.select(present, tf.math.abs(value), tf.constant(-1f)), tf.constant(new int[] {-1}));
  }
}
