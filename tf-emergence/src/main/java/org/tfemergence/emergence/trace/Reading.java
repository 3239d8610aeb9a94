package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Ints;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;

/**
 * Where a layer's activations are read, and what was done to them until there.
 *
 * @param tensor the tensor in which they are read
 * @param layout how it holds them
 * @param steps how many operations lie between the kernel and the tensor
 * @param stage how far they have come
 * @param gains the parameters of normalizations
 */
record Reading(
    Output<?> tensor, Layout layout, int steps, Stage stage, ImmutableSet<Parameter> gains) {
  private static final Set<DataType> NUMBERS =
      Set.of(
          DataType.DT_FLOAT,
          DataType.DT_DOUBLE,
          DataType.DT_HALF,
          DataType.DT_BFLOAT16,
          DataType.DT_INT8,
          DataType.DT_UINT8,
          DataType.DT_INT16,
          DataType.DT_INT32,
          DataType.DT_INT64,
          DataType.DT_BOOL);

  /** How far a layer's values have come, from its kernel on. */
  enum Stage {
    /** Behind the kernel, and at most a bias. */
    KERNEL,
    /** Normalized. */
    NORMALIZED,
    /** An activation function was applied. */
    ACTIVATED;

    Stage orLater(Stage other) {
      return compareTo(other) < 0 ? other : this;
    }
  }

  static Reading of(Output<?> tensor, Layout layout) {
    return new Reading(tensor, layout, 0, Stage.KERNEL, ImmutableSet.of());
  }

  /** Returns a reading one operation further on. */
  Reading at(Output<?> further, Layout there) {
    return new Reading(further, there, steps + 1, stage, gains);
  }

  Reading with(Stage newStage, ImmutableSet<Parameter> newGains) {
    return new Reading(tensor, layout, steps, newStage, newGains);
  }

  /**
   * Checks that a tap can be made of it.
   *
   * @throws IllegalArgumentException if it holds neither numbers nor truths, which are 1 and 0
   */
  void requireNumbers(Layer layer) {
    if (!NUMBERS.contains(tensor.dataType())) {
      throw new IllegalArgumentException(
          "tap of layer '"
              + layer.name()
              + "' at '"
              + tensor.op().name()
              + "': expected numbers, got "
              + tensor.dataType());
    }
  }

  /**
   * Returns the tensor as float32, with the layer's units in the layer's order and shape. Padding
   * is cut off, axes are turned back, and where the shape is another, such as a width split into
   * heads, it is made the layer's.
   */
  Operand<TFloat32> of(Graph graph, Layer layer) {
    Ops tf = Ops.create(graph);
    Operand<TFloat32> values =
        tensor.dataType() == DataType.DT_FLOAT
            ? tensor.expect(TFloat32.class)
            : tf.dtypes.cast(tensor, TFloat32.class);
    if (layout.isPadded()) {
      int[] begin = {0, layout.padding().get(0).intValue(), layout.padding().get(2).intValue(), 0};
      int[] size = new int[4];
      size[0] = -1;
      System.arraycopy(Ints.toArray(layout.shape()), 0, size, 1, 3);
      values = tf.slice(values, tf.constant(begin), tf.constant(size));
    }
    if (!layout.inOrder()) {
      int[] axes = new int[layout.order().size() + 1];
      for (int i = 1; i < axes.length; i++) {
        axes[i] = layout.order().indexOf(i - 1) + 1;
      }
      values = tf.linalg.transpose(values, tf.constant(axes));
    }
    if (Site.example(values.asOutput()).equals(Optional.of(layer.shape()))) {
      return values;
    }
    int[] target = new int[layer.shape().size() + 1];
    target[0] = -1;
    System.arraycopy(Ints.toArray(layer.shape()), 0, target, 1, target.length - 1);
    return tf.reshape(values, tf.constant(target));
  }
}
