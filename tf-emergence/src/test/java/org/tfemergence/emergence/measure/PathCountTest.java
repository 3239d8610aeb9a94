package org.tfemergence.emergence.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PathCountTest {
  private static final long[] FACTORS = {
    0, 1, 2, 4095, 0x7fff_ffffL, 0xffff_ffffL, 0x1_0000_0000L, Long.MAX_VALUE
  };

  /** Products and sums of numbers from nothing to thousands of digits, carries in all words. */
  @Test
  void add_growsAsBigIntegerDoes() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      PathCount small = new PathCount();
      PathCount large = new PathCount();
      BigInteger expectedSmall = BigInteger.ZERO;
      BigInteger expectedLarge = BigInteger.ZERO;
      for (int i = 0; i < 60; i++) {
        long factor =
            random.nextBoolean()
                ? FACTORS[random.nextInt(FACTORS.length)]
                : random.nextLong() >>> 1;
        if (random.nextInt(3) == 0) {
          small.add(large, factor);
          expectedSmall = expectedSmall.add(expectedLarge.multiply(BigInteger.valueOf(factor)));
        } else if (random.nextBoolean()) {
          large.add(small, factor);
          expectedLarge = expectedLarge.add(expectedSmall.multiply(BigInteger.valueOf(factor)));
        } else {
          small.add(PathCount.ONE, factor);
          expectedSmall = expectedSmall.add(BigInteger.valueOf(factor));
        }
      }
      assertThat(small.value()).isEqualTo(expectedSmall);
      assertThat(large.value()).isEqualTo(expectedLarge);
    }
  }

  /** All words full: a one more carries through to a new word. */
  @Test
  void add_oneToAllOnes_carriesThrough() {
    for (int words = 1; words < 8; words++) {
      BigInteger all = BigInteger.ONE.shiftLeft(32 * words).subtract(BigInteger.ONE);
      PathCount count = allOnes(words);
      assertThat(count.value()).isEqualTo(all);
      count.add(PathCount.ONE, 1);
      assertThat(count.value()).isEqualTo(all.add(BigInteger.ONE));
    }
  }

  /** The product fills all words that there is room for. */
  @Test
  void add_allOnesToNothing_hasRoomForTheProduct() {
    for (int words = 1; words < 4; words++) {
      for (long factor : FACTORS) {
        PathCount ones = allOnes(words);
        PathCount product = new PathCount();
        product.add(ones, factor);

        assertThat(product.value()).isEqualTo(ones.value().multiply(BigInteger.valueOf(factor)));
      }
    }
  }

  private static PathCount allOnes(int words) {
    PathCount count = new PathCount();
    for (int i = 0; i < words; i++) {
      PathCount shifted = new PathCount();
      shifted.add(count, 0x1_0000_0000L);
      shifted.add(PathCount.ONE, 0xffff_ffffL);
      count = shifted;
    }
    return count;
  }

  @Test
  void value_ofNothing_isZero() {
    PathCount count = new PathCount();
    count.add(PathCount.ONE, 0);
    count.add(new PathCount(), 7);
    assertThat(count.value()).isEqualTo(BigInteger.ZERO);
  }
}
