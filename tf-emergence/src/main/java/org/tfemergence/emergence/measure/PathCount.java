package org.tfemergence.emergence.measure;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A number of paths in the making: grows in place by multiples of another. {@link BigInteger} would
 * copy thousands of digits for each product and each sum, which doubles the time.
 */
final class PathCount {
  static final PathCount ONE = new PathCount(new int[] {1}, 1);

  private static final long WORD = 0xffff_ffffL;

  private int[] words; // unsigned, the least significant first; zeros from size on
  private int size;

  PathCount() {
    this(new int[0], 0);
  }

  private PathCount(int[] words, int size) {
    this.words = words;
    this.size = size;
  }

  /** Adds another number so many times, at least 0 and less than 2^63. */
  void add(PathCount other, long times) {
    add(other, times & WORD, 0);
    add(other, times >>> Integer.SIZE, 1);
  }

  /* Adds other x factor x 2^(32 shift), factor below 2^32: no step exceeds 64 bits. */
  private void add(PathCount other, long factor, int shift) {
    if (factor == 0) {
      return;
    }
    int needed = Math.max(size, other.size + shift + 1) + 1;
    if (needed > words.length) {
      words = Arrays.copyOf(words, needed + size / 2);
    }
    long carry = 0;
    int at = shift;
    for (int i = 0; i < other.size; i++, at++) {
      carry += (other.words[i] & WORD) * factor + (words[at] & WORD);
      words[at] = (int) carry;
      carry >>>= Integer.SIZE;
    }
    for (; carry != 0; at++) {
      carry += words[at] & WORD;
      words[at] = (int) carry;
      carry >>>= Integer.SIZE;
    }
    size = Math.max(size, at);
  }

  BigInteger value() {
    ByteBuffer bytes = ByteBuffer.allocate(size * Integer.BYTES);
    for (int i = size - 1; i >= 0; i--) {
      bytes.putInt(words[i]);
    }
    return new BigInteger(1, bytes.array());
  }
}
