package org.tfemergence.models.fit;

import java.util.Objects;

/**
 * How far a training is: all that a checkpoint holds of it besides the values of variables and what
 * callbacks know. The order of the examples, their augmentation and dropout are functions of the
 * seed and of this.
 *
 * @param step the number of updates done, at least 0
 * @param epoch the number of epochs done, at least 0
 * @param batch the number of batches done of the epoch after them; 0 between epochs
 * @param sums what the batches since the last result have added up to
 */
public record Position(long step, int epoch, int batch, MetricSums sums) {
  /** Before training. */
  public static final Position START = new Position(0, 0, 0, MetricSums.NONE);

  /**
   * Creates a position.
   *
   * @throws IllegalArgumentException if a number is negative
   */
  public Position {
    Objects.requireNonNull(sums, "sums");
    if (step < 0 || epoch < 0 || batch < 0) {
      throw new IllegalArgumentException(
          "step, epoch and batch must not be negative, got "
              + step
              + ", "
              + epoch
              + " and "
              + batch);
    }
  }

  /**
   * Returns the position one update further.
   *
   * @param batches the number of batches of the update
   * @param ofUpdate what they add up to
   * @return the position within the same epoch
   */
  Position afterUpdate(int batches, MetricSums ofUpdate) {
    return new Position(step + 1, epoch, batch + batches, sums.plus(ofUpdate));
  }

  /** Returns the position when the epoch's last batch is done. */
  Position afterEpoch() {
    return new Position(step, epoch + 1, 0, sums);
  }

  /** Returns the position when the result was told. */
  Position afterResult() {
    return new Position(step, epoch, batch, MetricSums.NONE);
  }
}
