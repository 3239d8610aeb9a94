package org.tfemergence.models.data;

import com.google.common.collect.ImmutableList;
import java.util.Optional;

/**
 * Examples to learn from, or to evaluate on. All methods are pure functions of their arguments, and
 * safe to be called from several threads.
 */
public interface Dataset {
  /**
   * Returns the number of examples.
   *
   * @return at least 1
   */
  int size();

  /**
   * Returns the size of the batch that would hold all examples; a greater one cannot be filled.
   *
   * @return at least 1, in what the data set counts for the size of a batch; by default the number
   *     of examples
   */
  default long greatestBatch() {
    return size();
  }

  /**
   * Describes the inputs.
   *
   * @return one description for each input of the model, in its order
   */
  ImmutableList<Values> inputs();

  /**
   * Describes the labels.
   *
   * @return the description; its numbers have a limit
   */
  Values labels();

  /**
   * Tells how the bytes of images became the numbers of the only input: who computes with the model
   * later must do the same.
   *
   * @return the scaling; empty if the numbers are as they were given
   */
  default Optional<PixelScaling> scaling() {
    return Optional.empty();
  }

  /**
   * Divides the examples into batches in their own order, or what comes near it.
   *
   * @param batchSize the size of a batch, at least 1, in what the data set counts: examples, or
   *     tokens
   * @return the examples of each batch; each example once
   * @throws IllegalArgumentException if an example is larger than a batch
   */
  ImmutableList<int[]> inOrder(int batchSize);

  /**
   * Divides the examples into batches in random order.
   *
   * @param batchSize the size of a batch, at least 1, in what the data set counts
   * @param seed of the order; a different one for each epoch
   * @return the examples of each batch; each example once
   * @throws IllegalArgumentException if an example is larger than a batch
   */
  ImmutableList<int[]> shuffled(int batchSize, long seed);

  /**
   * Gathers examples as they are.
   *
   * @param examples which, each in [0, size)
   * @return a batch of them in that order
   */
  Batch gather(int[] examples);

  /**
   * Gathers examples for training, varied at random where the data set does so.
   *
   * @param examples which, each in [0, size)
   * @param seed of what is random; what becomes of an example is a function of the seed and its
   *     number, whatever batch it is in
   * @return a batch of them in that order
   */
  default Batch gather(int[] examples, long seed) {
    return gather(examples);
  }
}
