package org.tfemergence.models.export;

import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * A batch on its way through a network of maps: where it has no examples, it gets one of zeros, and
 * what becomes of that one is left out behind the network. With oneDNN, TensorFlow's convolutions
 * make maps of a wrong shape of no examples.
 *
 * @param tf where to add operations
 * @param examples the number of examples given, [1]
 */
record NeverEmpty(Ops tf, Operand<TInt32> examples) {
  /** Returns the batch of an input, [batch, ...]. */
  static NeverEmpty of(Ops tf, Operand<?> input) {
    Operand<TInt32> first = tf.constant(new int[] {0});
    return new NeverEmpty(tf, tf.gather(tf.shape(input), first, tf.constant(0)));
  }

  /** Returns an input, [batch, ...], with an example of zeros if there is none. */
  <T extends TType> Operand<T> filled(Operand<T> input) {
    Operand<TInt32> missing = // [1]
        tf.math.maximum(
            tf.math.sub(tf.constant(new int[] {1}), examples), tf.constant(new int[] {0}));
    int[] example =
        Arrays.stream(input.asOutput().shape().tail().asArray())
            .mapToInt(Math::toIntExact)
            .toArray();
    Operand<TInt32> shape = tf.concat(List.of(missing, tf.constant(example)), tf.constant(0));
    return tf.concat(List.of(input, tf.zeros(shape, input.type())), tf.constant(0));
  }

  /** Returns those of a network's outputs, [batch, ...], that are of examples given. */
  Operand<TFloat32> given(Operand<TFloat32> output) {
    Shape shape = output.asOutput().shape();
    int[] whole = new int[shape.numDimensions() - 1];
    Arrays.fill(whole, -1);
    return tf.ensureShape(
        tf.slice(
            output,
            tf.constant(new int[shape.numDimensions()]),
            tf.concat(List.of(examples, tf.constant(whole)), tf.constant(0))),
        shape);
  }
}
