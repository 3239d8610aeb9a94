package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    for (Batches batches :
        new Batches[] {
          Batches.inOrder(examples, batchSize), Batches.shuffled(examples, batchSize, 3, 1)
        }) {
      assertThat(batches.count()).isEqualTo(count);
      for (int i = 0; i < count - 1; i++) {
        assertThat(batches.batch(i)).hasSize(batchSize);
      }
      assertThat(batches.batch(count - 1)).hasSize((int) (examples - (count - 1L) * batchSize));
      assertThat(all(batches)).containsExactlyInAnyOrder(IntStream.range(0, examples).toArray());
    }
  }

  @Test
  void inOrder_keepsOrder() {
    assertThat(Batches.inOrder(5, 2).batch(0)).containsExactly(0, 1);
    assertThat(Batches.inOrder(5, 2).batch(1)).containsExactly(2, 3);
    assertThat(Batches.inOrder(5, 2).batch(2)).containsExactly(4);
  }

  @Test
  void shuffled_orderDependsOnSeedAndEpochOnly() {
    int[] order = all(Batches.shuffled(100, 10, 1, 1));

    assertThat(all(Batches.shuffled(100, 10, 1, 1))).isEqualTo(order);
    assertThat(all(Batches.shuffled(100, 33, 1, 1))).isEqualTo(order);
    assertThat(all(Batches.shuffled(100, 10, 1, 2))).isNotEqualTo(order);
    assertThat(all(Batches.shuffled(100, 10, 2, 1))).isNotEqualTo(order);
    assertThat(order).isNotEqualTo(IntStream.range(0, 100).toArray());
  }

  /** 6,000 orders of three examples: 1,000 of each, give or take five standard deviations. */
  @Test
  void shuffled_ordersAreEquallyLikely() {
    int[] counts = new int[27];
    for (int epoch = 1; epoch <= 6_000; epoch++) {
      int[] order = all(Batches.shuffled(3, 3, 42, epoch));
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

  private static int[] all(Batches batches) {
    return IntStream.range(0, batches.count())
        .flatMap(i -> IntStream.of(batches.batch(i)))
        .toArray();
  }
}
