package org.tfemergence.models.data;

import java.util.Objects;
import org.tensorflow.ndarray.Shape;

/** The values of a batch, flat and in row-major order. */
public sealed interface HostArray {
  /**
   * Returns the shape.
   *
   * @return [batch, ...]
   */
  Shape shape();

  /**
   * Features.
   *
   * @param values as many as the shape has elements; not copied
   * @param shape [batch, ...]
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Floats(float[] values, Shape shape) implements HostArray {
    /** Refuses null. */
    public Floats {
      Objects.requireNonNull(values, "values");
      Objects.requireNonNull(shape, "shape");
    }
  }

  /**
   * Class or token numbers.
   *
   * @param values as many as the shape has elements; not copied
   * @param shape [batch, ...]
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Ints(int[] values, Shape shape) implements HostArray {
    /** Refuses null. */
    public Ints {
      Objects.requireNonNull(values, "values");
      Objects.requireNonNull(shape, "shape");
    }
  }
}
