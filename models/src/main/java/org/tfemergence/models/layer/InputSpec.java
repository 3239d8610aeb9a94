package org.tfemergence.models.layer;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.family.TType;

/**
 * What a model takes in.
 *
 * @param name the input's name, which a serving signature shows
 * @param type the type of its values, such as float32 for images, int32 for token ids
 * @param shape the shape of one example, without a batch dimension; of a sequence, the greatest
 *     number of positions: a batch may have fewer
 */
public record InputSpec(String name, Class<? extends TType> type, Shape shape) {
  /**
   * Creates the description of an input.
   *
   * @throws IllegalArgumentException if the name is blank, or a dimension is unknown or less than 1
   */
  public InputSpec {
    if (name.isBlank()) {
      throw new IllegalArgumentException("input name must not be blank");
    }
    if (shape.isUnknown() || shape.hasUnknownDimension()) {
      throw new IllegalArgumentException(
          "input '" + name + "': the shape must be known, got " + shape);
    }
    for (long dimension : shape.asArray()) {
      if (dimension < 1) {
        throw new IllegalArgumentException(
            "input '" + name + "': dimensions must be at least 1, got " + shape);
      }
    }
  }
}
