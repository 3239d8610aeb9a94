package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableMap;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/** Examples to measure on that stay the same throughout a training. */
@FunctionalInterface
public interface ProbeBatch {
  /**
   * Makes the examples' tensors; called for each measurement.
   *
   * @return by the names of {@code TrainingGraph.inputs} what to feed, to be closed by the caller
   */
  ImmutableMap<String, Tensor> open();

  /**
   * Returns a batch for an input of float32.
   *
   * @param input the input's name
   * @param shape of the batch, [examples, ...], fully known
   * @param values its values, row-major; copied
   * @return the batch
   * @throws IllegalArgumentException if the shape is not known, of another number of values, or of
   *     no example
   */
  static ProbeBatch of(String input, Shape shape, float... values) {
    if (shape.isUnknown() || shape.hasUnknownDimension() || shape.size() != values.length) {
      throw new IllegalArgumentException(
          "shape of a probe batch must be of its " + values.length + " values, got " + shape);
    }
    if (values.length == 0) {
      throw new IllegalArgumentException(
          "shape of a probe batch must be of at least one example, got " + shape);
    }
    float[] copy = values.clone();
    return () -> ImmutableMap.of(input, TFloat32.tensorOf(shape, DataBuffers.of(copy)));
  }
}
