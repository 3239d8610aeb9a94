package org.tfemergence.models.fit;

import java.util.Objects;
import org.tfemergence.emergence.train.Schedule;

/**
 * How to train. Immutable; start from {@link #defaults()}.
 *
 * @param batchSize the number of examples of a training step, at least 1
 * @param evaluationBatchSize the number of examples of an evaluation step, at least 1; has no
 *     effect on the results but by rounding
 * @param learningRate the learning rate of each step, finite and not negative
 * @param seed of the order of the examples
 */
public record TrainerOptions(
    int batchSize, int evaluationBatchSize, Schedule learningRate, long seed) {
  /**
   * Creates options.
   *
   * @throws IllegalArgumentException if a batch size is less than 1
   */
  public TrainerOptions {
    Objects.requireNonNull(learningRate, "learningRate");
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, got " + batchSize);
    }
    if (evaluationBatchSize < 1) {
      throw new IllegalArgumentException(
          "evaluationBatchSize must be at least 1, got " + evaluationBatchSize);
    }
  }

  /**
   * Returns the defaults: batches of 64, evaluated by 500, learning rate 0.01, seed 1.
   *
   * @return the options
   */
  public static TrainerOptions defaults() {
    return new TrainerOptions(64, 500, Schedule.constant(0.01), 1);
  }

  /**
   * Returns these options with another batch size.
   *
   * @param size the number of examples of a training step, at least 1
   * @return new options
   */
  public TrainerOptions withBatchSize(int size) {
    return new TrainerOptions(size, evaluationBatchSize, learningRate, seed);
  }

  /**
   * Returns these options with another batch size for evaluation.
   *
   * @param size the number of examples of an evaluation step, at least 1
   * @return new options
   */
  public TrainerOptions withEvaluationBatchSize(int size) {
    return new TrainerOptions(batchSize, size, learningRate, seed);
  }

  /**
   * Returns these options with another learning rate.
   *
   * @param rate the learning rate of each step
   * @return new options
   */
  public TrainerOptions withLearningRate(Schedule rate) {
    return new TrainerOptions(batchSize, evaluationBatchSize, rate, seed);
  }

  /**
   * Returns these options with another seed.
   *
   * @param value of the order of the examples
   * @return new options
   */
  public TrainerOptions withSeed(long value) {
    return new TrainerOptions(batchSize, evaluationBatchSize, learningRate, value);
  }
}
