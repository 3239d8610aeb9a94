package org.tfemergence.models.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.init.initializer.Seeds;

final class BatchesTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "10, 1, 10",
    "10, 3, 4",
    "10, 5, 2",
    "10, 10, 1",
    "10, 11, 1",
    "10, 2147483647, 1",
    "10, 2147483640, 1"
  })
  void batches_holdEachExampleOnce(int examples, int batchSize, int count) {
    for (List<int[]> batches :
        List.of(Batches.inOrder(examples, batchSize), Batches.shuffled(examples, batchSize, 3))) {
      assertThat(batches).hasSize(count);
      for (int i = 0; i < count - 1; i++) {
        assertThat(batches.get(i)).hasSize(batchSize);
      }
      assertThat(batches.get(count - 1)).hasSize((int) (examples - (count - 1L) * batchSize));
      assertThat(all(batches)).containsExactlyInAnyOrder(IntStream.range(0, examples).toArray());
    }
  }

  @Test
  void inOrder_keepsOrder() {
    assertThat(Batches.inOrder(5, 2).get(0)).containsExactly(0, 1);
    assertThat(Batches.inOrder(5, 2).get(1)).containsExactly(2, 3);
    assertThat(Batches.inOrder(5, 2).get(2)).containsExactly(4);
  }

  @Test
  void shuffled_orderDependsOnSeedOnly() {
    int[] order = all(Batches.shuffled(100, 10, 1));

    assertThat(all(Batches.shuffled(100, 10, 1))).isEqualTo(order);
    assertThat(all(Batches.shuffled(100, 33, 1))).isEqualTo(order);
    assertThat(all(Batches.shuffled(100, 10, 2))).isNotEqualTo(order);
    assertThat(order).isNotEqualTo(IntStream.range(0, 100).toArray());
  }

  /** 6,000 orders of three examples: 1,000 of each, give or take five standard deviations. */
  @Test
  void shuffled_ordersAreEquallyLikely() {
    int[] counts = new int[27];
    for (int epoch = 1; epoch <= 6_000; epoch++) {
      int[] order = all(Batches.shuffled(3, 3, Seeds.derive(42, "epoch " + epoch)));
      counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    double tolerance = 5 * Math.sqrt(6_000 * (1 / 6.0) * (5 / 6.0));
    for (int a = 0; a < 3; a++) {
      for (int b = 0; b < 3; b++) {
        if (a != b) {
          assertThat((double) counts[a * 9 + b * 3 + (3 - a - b)])
              .isCloseTo(1_000, within(tolerance));
        }
      }
    }
  }

  /** Lengths of sentences of a real kind: many short, few long. */
  private static int[] lengths(int count) {
    Random random = new Random(5);
    return IntStream.range(0, count)
        .map(i -> 1 + (int) Math.min(60, 8 * -Math.log(1 - random.nextDouble())))
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {61, 100, 1_000, 100_000})
  void byLength_holdsEachSequenceOnceAndNoMoreTokensThanAllowed(int tokens) {
    int[] lengths = lengths(500);
    for (List<int[]> batches :
        List.of(
            Batches.byLength(500, i -> lengths[i], tokens),
            Batches.byLengthShuffled(500, i -> lengths[i], tokens, 7))) {
      assertThat(all(batches)).containsExactlyInAnyOrder(IntStream.range(0, 500).toArray());
      for (int[] batch : batches) {
        int longest = IntStream.of(batch).map(i -> lengths[i]).max().orElseThrow();
        assertThat(longest * batch.length).isLessThanOrEqualTo(tokens);
      }
    }
  }

  /** Greedy: the next longer sequence would not have fitted. So no two batches could be one. */
  @Test
  void byLength_fillsBatches() {
    int[] lengths = lengths(500);
    List<int[]> batches = Batches.byLength(500, i -> lengths[i], 200);
    for (int i = 0; i + 1 < batches.size(); i++) {
      int next = lengths[batches.get(i + 1)[0]];
      assertThat(next * (batches.get(i).length + 1)).isGreaterThan(200);
    }
  }

  @Test
  void byLengthShuffled_orderDependsOnSeedOnly() {
    int[] lengths = lengths(200);
    int[] order = all(Batches.byLengthShuffled(200, i -> lengths[i], 100, 1));

    assertThat(all(Batches.byLengthShuffled(200, i -> lengths[i], 100, 1))).isEqualTo(order);
    assertThat(all(Batches.byLengthShuffled(200, i -> lengths[i], 100, 2))).isNotEqualTo(order);
  }

  /** Three batches of one sequence each: all six orders come up. */
  @Test
  void byLengthShuffled_batchesComeInAnyOrder() {
    Set<String> orders = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      orders.add(Arrays.toString(all(Batches.byLengthShuffled(3, i -> 5 + i, 8, seed))));
    }
    assertThat(orders).hasSize(6);
  }

  @Test
  void byLength_sequenceLongerThanABatch_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Batches.byLength(3, i -> 4 + i, 5))
        .withMessage("a batch of 5 tokens cannot hold example 2, which has 6");
  }

  private static int[] all(List<int[]> batches) {
    return batches.stream().flatMapToInt(IntStream::of).toArray();
  }
}
