package org.tfemergence.models.data;

import java.util.OptionalInt;
import org.tensorflow.ndarray.Shape;

/**
 * What a data set has of each example: an input, or its labels.
 *
 * @param shape of one example; of a sequence, the greatest number of positions
 * @param limit of classes or tokens, whose numbers are in [0, limit); empty of features, which are
 *     float32
 * @param padding the number that fills up the shorter sequences of a batch; empty if nothing is
 *     filled up
 */
public record Values(Shape shape, OptionalInt limit, OptionalInt padding) {
  /**
   * Returns the description of features.
   *
   * @param shape of one example
   * @return the description
   */
  public static Values features(Shape shape) {
    return new Values(shape, OptionalInt.empty(), OptionalInt.empty());
  }

  /**
   * Returns the description of class or token numbers that all examples have as many of.
   *
   * @param shape of one example
   * @param limit all numbers are less
   * @return the description
   */
  public static Values numbers(Shape shape, int limit) {
    return new Values(shape, OptionalInt.of(limit), OptionalInt.empty());
  }

  /**
   * Returns the description of token numbers in sequences.
   *
   * @param shape the greatest number of positions
   * @param limit all numbers are less
   * @param padding the number that fills up the shorter sequences of a batch
   * @return the description
   */
  public static Values padded(Shape shape, int limit, int padding) {
    return new Values(shape, OptionalInt.of(limit), OptionalInt.of(padding));
  }
}
