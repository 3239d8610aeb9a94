package org.tfemergence.models.fit;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.tfemergence.init.initializer.Seeds;

/** The order of the examples of an epoch: a pure function of the seed and the epoch. */
final class Batches {
  private final int[] order;
  private final int batchSize;

  private Batches(int[] order, int batchSize) {
    this.order = order;
    this.batchSize = batchSize;
  }

  static Batches inOrder(int examples, int batchSize) {
    return new Batches(IntStream.range(0, examples).toArray(), batchSize);
  }

  /* Fisher and Yates' shuffle. */
  static Batches shuffled(int examples, int batchSize, long seed, int epoch) {
    int[] order = IntStream.range(0, examples).toArray();
    Random random = new Random(Seeds.derive(seed, "epoch " + epoch));
    for (int i = examples - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return new Batches(order, batchSize);
  }

  /** The number of batches; the last one may be smaller than the others. */
  int count() {
    return (order.length - 1) / batchSize + 1;
  }

  int[] batch(int number) {
    int start = number * batchSize;
    return Arrays.copyOfRange(order, start, start + Math.min(batchSize, order.length - start));
  }
}
