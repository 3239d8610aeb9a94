package org.tfemergence.init.initializer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SeedsTest {
  @Test
  void derive_equalArguments_givesEqualSeeds() {
    assertThat(Seeds.derive(7, "dense/kernel")).isEqualTo(Seeds.derive(7, "dense/kernel"));
  }

  @Test
  void derive_differentUsesAndSeeds_allDiffer() {
    Set<Long> seeds = new HashSet<>();
    for (long seed = -50; seed < 50; seed++) {
      for (int use = 0; use < 100; use++) {
        seeds.add(Seeds.derive(seed, "layer_" + use));
      }
    }
    assertThat(seeds).hasSize(10_000);
  }

  @Test
  void derive_anyUse_isSipHash() {
    for (String use : new String[] {"", "a", "dense/kernel", "exactly8", "émergence, 創発"}) {
      for (long seed : new long[] {0, 1, -1, Long.MIN_VALUE}) {
        assertThat(Seeds.derive(seed, use))
            .isEqualTo(sipHash(seed, 0, use.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  @Test
  void sipHash_vectorOfItsPaper_isReproduced() {
    byte[] message = new byte[15];
    for (int i = 0; i < message.length; i++) {
      message[i] = (byte) i;
    }
    assertThat(sipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L, message))
        .isEqualTo(0xa129ca6149be45e5L);
  }

  /* SipHash-2-4 as in Aumasson and Bernstein 2012, section 2. */
  private static long sipHash(long k0, long k1, byte[] message) {
    long[] v = {
      k0 ^ 0x736f6d6570736575L,
      k1 ^ 0x646f72616e646f6dL,
      k0 ^ 0x6c7967656e657261L,
      k1 ^ 0x7465646279746573L
    };
    byte[] padded = Arrays.copyOf(message, message.length / 8 * 8 + 8);
    padded[padded.length - 1] = (byte) message.length;
    for (int start = 0; start < padded.length; start += 8) {
      long word = 0;
      for (int i = 7; i >= 0; i--) {
        word = word << 8 | (padded[start + i] & 0xff);
      }
      v[3] ^= word;
      rounds(v, 2);
      v[0] ^= word;
    }
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

  private static void rounds(long[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[0] += v[1];
      v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
      v[0] = Long.rotateLeft(v[0], 32);
      v[2] += v[3];
      v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
      v[0] += v[3];
      v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
      v[2] += v[1];
      v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
      v[2] = Long.rotateLeft(v[2], 32);
    }
  }
}
