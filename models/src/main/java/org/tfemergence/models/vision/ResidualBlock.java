package org.tfemergence.models.vision;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;

/**
 * The sizes of a block of a {@link ResNet}.
 *
 * @param filters the filters of its convolutions, each at least 1: two of 3 x 3, or three of 1 x 1,
 *     3 x 3 and 1 x 1; all but the last may be of any width
 */
public record ResidualBlock(ImmutableList<Integer> filters) {
  /**
   * Creates the sizes.
   *
   * @throws IllegalArgumentException if there are neither two nor three convolutions, or a number
   *     is less than 1
   */
  public ResidualBlock {
    if (filters.size() != 2 && filters.size() != 3) {
      throw new IllegalArgumentException(
          "a block must have two or three convolutions, got filters " + filters);
    }
    if (filters.stream().anyMatch(number -> number < 1)) {
      throw new IllegalArgumentException("filters must be at least 1, got " + filters);
    }
  }

  /**
   * Returns the sizes of a block.
   *
   * @param filters of its two or three convolutions
   * @return the sizes
   * @throws IllegalArgumentException as the constructor
   */
  public static ResidualBlock of(int... filters) {
    return new ResidualBlock(ImmutableList.copyOf(Ints.asList(filters)));
  }
}
