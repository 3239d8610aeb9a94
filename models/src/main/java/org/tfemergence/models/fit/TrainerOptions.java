package org.tfemergence.models.fit;

import java.util.Objects;
import java.util.OptionalDouble;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.models.optimize.GradientTransform;

/**
 * How to train. Immutable; start from {@link #defaults()}.
 *
 * @param batching how examples are put together
 * @param updating what is around the optimizer in each update
 * @param hardware what to compute with
 * @param seed of the order of the examples and of all that is random in a step
 */
public record TrainerOptions(Batching batching, Updating updating, Hardware hardware, long seed) {
  /** Creates options. */
  public TrainerOptions {
    Objects.requireNonNull(batching, "batching");
    Objects.requireNonNull(updating, "updating");
    Objects.requireNonNull(hardware, "hardware");
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
        new Batching(batchSize, evaluationBatchSize, 1, 1),
        new Updating(learningRate, GradientTransform.none(), OptionalDouble.empty()),
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
   * Returns these options with other batches.
   *
   * @param other how examples are put together
   * @return new options
   */
  public TrainerOptions withBatching(Batching other) {
    return new TrainerOptions(other, updating, hardware, seed);
  }

  /**
   * Returns these options with another batch size.
   *
   * @param size the size of a training batch, at least 1, in what the data count
   * @return new options
   */
  public TrainerOptions withBatchSize(int size) {
    return withBatching(
        new Batching(
            size, batching.evaluationSize(), batching.accumulation(), batching.loaderThreads()));
  }

  /**
   * Returns these options with another batch size for evaluation.
   *
   * @param size the size of an evaluation batch, at least 1, in what the data count
   * @return new options
   */
  public TrainerOptions withEvaluationBatchSize(int size) {
    return withBatching(
        new Batching(batching.size(), size, batching.accumulation(), batching.loaderThreads()));
  }

  /**
   * Returns these options with several batches per update.
   *
   * @param batches the number of batches whose gradients make up one update, at least 1
   * @return new options
   */
  public TrainerOptions withAccumulation(int batches) {
    return withBatching(
        new Batching(
            batching.size(), batching.evaluationSize(), batches, batching.loaderThreads()));
  }

  /**
   * Returns these options with another number of loader threads.
   *
   * @param threads the number of threads that gather batches ahead, at least 1
   * @return new options
   */
  public TrainerOptions withLoaderThreads(int threads) {
    return withBatching(
        new Batching(batching.size(), batching.evaluationSize(), batching.accumulation(), threads));
  }

  /**
   * Returns these options with other updates.
   *
   * @param other what is around the optimizer
   * @return new options
   */
  public TrainerOptions withUpdating(Updating other) {
    return new TrainerOptions(batching, other, hardware, seed);
  }

  /**
   * Returns these options with another learning rate.
   *
   * @param schedule the learning rate of each update
   * @return new options
   */
  public TrainerOptions withLearningRate(Schedule schedule) {
    return withUpdating(new Updating(schedule, updating.gradients(), updating.averageDecay()));
  }

  /**
   * Returns these options with another transformation of the gradients.
   *
   * @param transform what is done to gradients before the optimizer sees them
   * @return new options
   */
  public TrainerOptions withGradients(GradientTransform transform) {
    return withUpdating(new Updating(updating.learningRate(), transform, updating.averageDecay()));
  }

  /**
   * Returns these options with moving averages of the weights.
   *
   * @param decay the decay of the averages, in (0, 1)
   * @return new options
   */
  public TrainerOptions withAverageDecay(double decay) {
    return withUpdating(
        new Updating(updating.learningRate(), updating.gradients(), OptionalDouble.of(decay)));
  }

  /**
   * Returns these options with other hardware.
   *
   * @param other what to compute with
   * @return new options
   */
  public TrainerOptions withHardware(Hardware other) {
    return new TrainerOptions(batching, updating, other, seed);
  }

  /**
   * Returns these options with another seed.
   *
   * @param value of the order of the examples and of all that is random in a step
   * @return new options
   */
  public TrainerOptions withSeed(long value) {
    return new TrainerOptions(batching, updating, hardware, value);
  }
}
