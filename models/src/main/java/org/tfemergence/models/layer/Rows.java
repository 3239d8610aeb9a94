package org.tfemergence.models.layer;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Lays a batch of sequences out as a matrix of their positions and back; how many sequences and
 * positions there are is known only in a run.
 */
final class Rows {
  private Rows() {}

  /**
   * Lays all positions out below each other.
   *
   * @param tf where to add operations
   * @param x [batch, positions..., width]; width must be known
   * @return [rows, width]; {@code x} itself if it is a matrix
   */
  static Operand<TFloat32> of(Ops tf, Operand<TFloat32> x) {
    Shape shape = x.asOutput().shape();
    return shape.numDimensions() == 2
        ? x
        : tf.reshape(x, tf.constant(new int[] {-1, (int) shape.get(-1)}));
  }

  /**
   * Undoes {@link #of}.
   *
   * @param tf where to add operations
   * @param rows [rows, width], of any known width
   * @param like what the rows were made of, [batch, positions..., any width]
   * @return [batch, positions..., width]
   */
  static Operand<TFloat32> restore(Ops tf, Operand<TFloat32> rows, Operand<TFloat32> like) {
    Shape shape = like.asOutput().shape();
    if (shape.numDimensions() == 2) {
      return rows;
    }
    long[] dimensions = shape.asArray();
    dimensions[dimensions.length - 1] = rows.asOutput().shape().get(-1);
    return tf.reshape(rows, dimensions(tf, like, dimensions));
  }

  /**
   * Returns a shape whose unknown dimensions are those of a tensor.
   *
   * @param tf where to add operations
   * @param like the tensor
   * @param dimensions the shape; where one is unknown, -1, it is that of the tensor, at the same
   *     place
   * @return the shape, [rank]
   */
  static Operand<TInt32> dimensions(Ops tf, Operand<?> like, long... dimensions) {
    Operand<TInt32> shape = tf.shape(like);
    List<Operand<TInt32>> parts = new ArrayList<>();
    for (int i = 0; i < dimensions.length; i++) {
      parts.add(
          dimensions[i] == Shape.UNKNOWN_SIZE
              ? tf.gather(shape, tf.constant(i), tf.constant(0))
              : tf.constant((int) dimensions[i]));
    }
    return tf.stack(parts);
  }
}
