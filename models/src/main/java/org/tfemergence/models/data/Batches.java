package org.tfemergence.models.data;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Divides examples into batches: pure functions of the seed, for {@link Dataset}s of any kind.
 *
 * <p>The seed of {@link java.util.Random} gives the same order on every machine.
 */
public final class Batches {
  private Batches() {}

  /**
   * Divides examples in their order.
   *
   * @param examples the number of examples, at least 1
   * @param batchSize the number of examples of a batch, at least 1; the last may have fewer
   * @return the batches
   */
  public static ImmutableList<int[]> inOrder(int examples, int batchSize) {
    return cut(IntStream.range(0, examples).toArray(), batchSize);
  }

  /**
   * Divides examples in random order.
   *
   * @param examples the number of examples, at least 1
   * @param batchSize the number of examples of a batch, at least 1; the last may have fewer
   * @param seed of the order
   * @return the batches
   */
  public static ImmutableList<int[]> shuffled(int examples, int batchSize, long seed) {
    return cut(permutation(examples, new Random(seed)), batchSize);
  }

  /**
   * Divides sequences into batches of like lengths, so that little of a batch is padding (as
   * section 5.1 of arXiv 1706.03762 has it).
   *
   * @param sequences the number of sequences, at least 1
   * @param length the length of each
   * @param tokens how many tokens a batch may have, padding counted: its number of sequences times
   *     the length of its longest
   * @return the batches, from the shortest to the longest
   * @throws IllegalArgumentException if a sequence is longer than {@code tokens}
   */
  public static ImmutableList<int[]> byLength(int sequences, IntUnaryOperator length, int tokens) {
    return byLength(IntStream.range(0, sequences).toArray(), length, tokens);
  }

  /**
   * Divides sequences into batches of like lengths, in random order: which sequences of a length
   * meet, and which batch comes when.
   *
   * @param sequences the number of sequences, at least 1
   * @param length the length of each
   * @param tokens how many tokens a batch may have, padding counted
   * @param seed of the order
   * @return the batches
   * @throws IllegalArgumentException if a sequence is longer than {@code tokens}
   */
  public static ImmutableList<int[]> byLengthShuffled(
      int sequences, IntUnaryOperator length, int tokens, long seed) {
    Random random = new Random(seed);
    List<int[]> batches = new ArrayList<>(byLength(permutation(sequences, random), length, tokens));
    Collections.shuffle(batches, random);
    return ImmutableList.copyOf(batches);
  }

  /* The sort is stable: sequences of one length stay in the order they came in. */
  private static ImmutableList<int[]> byLength(int[] order, IntUnaryOperator length, int tokens) {
    int[] sorted =
        IntStream.of(order)
            .boxed()
            .sorted(Comparator.comparingInt(length::applyAsInt))
            .mapToInt(Integer::intValue)
            .toArray();
    ImmutableList.Builder<int[]> batches = ImmutableList.builder();
    int start = 0;
    for (int i = 0; i < sorted.length; i++) {
      int longest = length.applyAsInt(sorted[i]);
      if (longest > tokens) {
        throw new IllegalArgumentException(
            "a batch of "
                + tokens
                + " tokens cannot hold example "
                + sorted[i]
                + ", which has "
                + longest);
      }
      if ((i - start + 1L) * longest > tokens) {
        batches.add(Arrays.copyOfRange(sorted, start, i));
        start = i;
      }
    }
    return batches.add(Arrays.copyOfRange(sorted, start, sorted.length)).build();
  }

  private static ImmutableList<int[]> cut(int[] order, int batchSize) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, got " + batchSize);
    }
    ImmutableList.Builder<int[]> batches = ImmutableList.builder();
    for (int start = 0; start < order.length; ) {
      int end = start + Math.min(batchSize, order.length - start);
      batches.add(Arrays.copyOfRange(order, start, end));
      start = end;
    }
    return batches.build();
  }

  /* Fisher and Yates' shuffle. */
  private static int[] permutation(int examples, Random random) {
    int[] order = IntStream.range(0, examples).toArray();
    for (int i = examples - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }
}
