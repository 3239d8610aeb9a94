package org.tfemergence.models.fit;

import java.util.Objects;
import java.util.OptionalDouble;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.models.optimize.GradientTransform;

/**
 * How to train. Immutable; start from {@link #defaults()}.
 *
 * @param batchSize the size of a training batch, at least 1, in what the data count: examples, or
 *     tokens of sentences
 * @param evaluationBatchSize the size of an evaluation batch, likewise; has no effect on the
 *     results but by rounding
 * @param accumulation the number of batches whose gradients make up one update, at least 1; the
 *     last update of an epoch may have fewer
 * @param learningRate the learning rate of each update, finite and not negative
 * @param gradients what is done to gradients before the optimizer sees them
 * @param averageDecay if present, moving averages of the weights are kept with this decay, in (0,
 *     1), and evaluated in their place
 * @param loaderThreads the number of threads that gather batches ahead, at least 1; has no effect
 *     on the results
 * @param hardware what to compute with
 * @param seed of the order of the examples and of all that is random in a step
 */
public record TrainerOptions(
    int batchSize,
    int evaluationBatchSize,
    int accumulation,
    Schedule learningRate,
    GradientTransform gradients,
    OptionalDouble averageDecay,
    int loaderThreads,
    Hardware hardware,
    long seed) {
  /**
   * Creates options.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public TrainerOptions {
    Objects.requireNonNull(learningRate, "learningRate");
    Objects.requireNonNull(gradients, "gradients");
    Objects.requireNonNull(hardware, "hardware");
    requirePositive("batchSize", batchSize);
    requirePositive("evaluationBatchSize", evaluationBatchSize);
    requirePositive("accumulation", accumulation);
    requirePositive("loaderThreads", loaderThreads);
    averageDecay.ifPresent(
        decay -> {
          if (!(decay > 0 && decay < 1)) {
            throw new IllegalArgumentException("averageDecay must be in (0, 1), got " + decay);
          }
        });
  }

  /**
   * Creates options whose other values are the defaults.
   *
   * @param batchSize the size of a training batch, at least 1
   * @param evaluationBatchSize the size of an evaluation batch, at least 1
   * @param learningRate the learning rate of each update
   * @param seed of the order of the examples and of all that is random in a step
   */
  public TrainerOptions(int batchSize, int evaluationBatchSize, Schedule learningRate, long seed) {
    this(
        batchSize,
        evaluationBatchSize,
        1,
        learningRate,
        GradientTransform.none(),
        OptionalDouble.empty(),
        1,
        Hardware.defaults(),
        seed);
  }

  /**
   * Returns the defaults: batches of 64, one per update, evaluated by 500, learning rate 0.01,
   * gradients as they are, no averages, one loader thread, {@link Hardware#defaults()}, seed 1.
   *
   * @return the options
   */
  public static TrainerOptions defaults() {
    return new TrainerOptions(64, 500, Schedule.constant(0.01), 1);
  }

  /**
   * Returns these options with another batch size.
   *
   * @param size the size of a training batch, at least 1, in what the data count
   * @return new options
   */
  public TrainerOptions withBatchSize(int size) {
    return new TrainerOptions(
        size,
        evaluationBatchSize,
        accumulation,
        learningRate,
        gradients,
        averageDecay,
        loaderThreads,
        hardware,
        seed);
  }

  /**
   * Returns these options with another batch size for evaluation.
   *
   * @param size the size of an evaluation batch, at least 1, in what the data count
   * @return new options
   */
  public TrainerOptions withEvaluationBatchSize(int size) {
    return new TrainerOptions(
        batchSize,
        size,
        accumulation,
        learningRate,
        gradients,
        averageDecay,
        loaderThreads,
        hardware,
        seed);
  }

  /**
   * Returns these options with another number of batches per update.
   *
   * @param batches the number of batches whose gradients make up one update, at least 1
   * @return new options
   */
  public TrainerOptions withAccumulation(int batches) {
    return new TrainerOptions(
        batchSize,
        evaluationBatchSize,
        batches,
        learningRate,
        gradients,
        averageDecay,
        loaderThreads,
        hardware,
        seed);
  }

  /**
   * Returns these options with another learning rate.
   *
   * @param rate the learning rate of each update
   * @return new options
   */
  public TrainerOptions withLearningRate(Schedule rate) {
    return new TrainerOptions(
        batchSize,
        evaluationBatchSize,
        accumulation,
        rate,
        gradients,
        averageDecay,
        loaderThreads,
        hardware,
        seed);
  }

  /**
   * Returns these options with another treatment of gradients.
   *
   * @param transform what is done to gradients before the optimizer sees them
   * @return new options
   */
  public TrainerOptions withGradients(GradientTransform transform) {
    return new TrainerOptions(
        batchSize,
        evaluationBatchSize,
        accumulation,
        learningRate,
        transform,
        averageDecay,
        loaderThreads,
        hardware,
        seed);
  }

  /**
   * Returns these options with moving averages of the weights.
   *
   * @param decay the decay of the averages, in (0, 1)
   * @return new options
   */
  public TrainerOptions withAverageDecay(double decay) {
    return new TrainerOptions(
        batchSize,
        evaluationBatchSize,
        accumulation,
        learningRate,
        gradients,
        OptionalDouble.of(decay),
        loaderThreads,
        hardware,
        seed);
  }

  /**
   * Returns these options with another number of loader threads.
   *
   * @param threads the number of threads that gather batches ahead, at least 1
   * @return new options
   */
  public TrainerOptions withLoaderThreads(int threads) {
    return new TrainerOptions(
        batchSize,
        evaluationBatchSize,
        accumulation,
        learningRate,
        gradients,
        averageDecay,
        threads,
        hardware,
        seed);
  }

  /**
   * Returns these options with other hardware.
   *
   * @param other what to compute with
   * @return new options
   */
  public TrainerOptions withHardware(Hardware other) {
    return new TrainerOptions(
        batchSize,
        evaluationBatchSize,
        accumulation,
        learningRate,
        gradients,
        averageDecay,
        loaderThreads,
        other,
        seed);
  }

  /**
   * Returns these options with another seed.
   *
   * @param value of the order of the examples and of all that is random in a step
   * @return new options
   */
  public TrainerOptions withSeed(long value) {
    return new TrainerOptions(
        batchSize,
        evaluationBatchSize,
        accumulation,
        learningRate,
        gradients,
        averageDecay,
        loaderThreads,
        hardware,
        value);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, got " + value);
    }
  }
}
