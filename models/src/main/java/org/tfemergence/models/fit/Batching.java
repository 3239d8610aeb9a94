package org.tfemergence.models.fit;

/**
 * How examples are put together. Sizes are in what the data count: examples, or tokens of
 * sentences.
 *
 * @param size the size of a training batch, at least 1 and at most that of all training data
 * @param evaluationSize the size of an evaluation batch, at least 1; has no effect on the results
 *     but by rounding
 * @param accumulation the number of batches whose gradients make up one update, at least 1; the
 *     last update of an epoch may have fewer
 * @param loaderThreads the number of threads that gather batches ahead, at least 1; has no effect
 *     on the results
 */
public record Batching(int size, int evaluationSize, int accumulation, int loaderThreads) {
  /**
   * Creates the description.
   *
   * @throws IllegalArgumentException if a number is less than 1
   */
  public Batching {
    requirePositive("batchSize", size);
    requirePositive("evaluationBatchSize", evaluationSize);
    requirePositive("accumulation", accumulation);
    requirePositive("loaderThreads", loaderThreads);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, got " + value);
    }
  }
}
