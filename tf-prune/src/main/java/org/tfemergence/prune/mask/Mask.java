package org.tfemergence.prune.mask;

import java.util.BitSet;
import java.util.Objects;

/** Which weights of a tensor are kept. Immutable. */
public final class Mask {
  private final BitSet kept;
  private final int size;

  private Mask(BitSet kept, int size) {
    this.kept = kept;
    this.size = size;
  }

  /**
   * Returns the mask that keeps everything.
   *
   * @param size the number of weights, at least 1
   * @return the mask
   * @throws IllegalArgumentException if {@code size < 1}
   */
  public static Mask all(int size) {
    return of(size, allOf(size));
  }

  /**
   * Returns a mask.
   *
   * @param size the number of weights, at least 1
   * @param kept the indices of those kept
   * @return the mask
   * @throws IllegalArgumentException if {@code size < 1} or an index is not below it
   */
  public static Mask of(int size, BitSet kept) {
    if (size < 1) {
      throw new IllegalArgumentException("size must be at least 1, got " + size);
    }
    if (kept.length() > size) {
      throw new IllegalArgumentException(
          "index " + (kept.length() - 1) + " is beyond a mask of " + size);
    }
    return new Mask((BitSet) kept.clone(), size);
  }

  /**
   * Returns the number of weights, kept or not.
   *
   * @return the size, at least 1
   */
  public int size() {
    return size;
  }

  /**
   * Returns the number of weights kept.
   *
   * @return from 0 to {@link #size()}
   */
  public int kept() {
    return kept.cardinality();
  }

  /**
   * Tells whether a weight is kept.
   *
   * @param index the weight's index in row-major order, from 0
   * @return whether it is kept
   * @throws IndexOutOfBoundsException if there is no such weight
   */
  public boolean keeps(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("index " + index + " of a mask of " + size);
    }
    return kept.get(index);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Mask mask && size == mask.size && kept.equals(mask.kept);
  }

  @Override
  public int hashCode() {
    return Objects.hash(kept, size);
  }

  @Override
  public String toString() {
    return "Mask[" + kept() + " of " + size + " kept]";
  }

  private static BitSet allOf(int size) {
    BitSet bits = new BitSet();
    bits.set(0, Math.max(0, size));
    return bits;
  }
}
