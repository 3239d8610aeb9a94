package org.tfemergence.prune.mask;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Floats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/**
 * Chooses the weights of greatest magnitude. The reference for the same choice on the device.
 *
 * <p>The number kept is exact: of equal magnitudes the one with the lower index wins. Weights that
 * a previous mask removed come after all others, so that a rising sparsity never brings one back.
 */
public final class MagnitudeMasks {
  private MagnitudeMasks() {}

  /**
   * Chooses the weights of a tensor to keep.
   *
   * @param weights the weights in row-major order, all finite
   * @param previous the mask in force, of the same size
   * @param sparsity the share to mask, in [0, 1)
   * @return a mask that keeps {@link Sparsity#kept} weights
   * @throws IllegalArgumentException if a weight is not finite, the sizes differ, or the sparsity
   *     is out of range
   */
  public static Mask choose(float[] weights, Mask previous, double sparsity) {
    if (previous.size() != weights.length) {
      throw new IllegalArgumentException(
          "got " + weights.length + " weights and a mask of " + previous.size());
    }
    int keep = (int) Sparsity.kept(weights.length, sparsity);
    float[] magnitude = new float[weights.length];
    for (int i = 0; i < weights.length; i++) {
      if (!Float.isFinite(weights[i])) {
        throw new IllegalArgumentException("weight " + i + " must be finite, got " + weights[i]);
      }
      magnitude[i] = previous.keeps(i) ? Math.abs(weights[i]) : -1;
    }
    float[] sorted = magnitude.clone();
    Arrays.sort(sorted);
    float threshold = sorted[weights.length - keep];
    BitSet kept = new BitSet(weights.length);
    for (int i = 0; i < weights.length; i++) {
      kept.set(i, magnitude[i] > threshold);
    }
    int missing = keep - kept.cardinality();
    for (int i = 0; missing > 0; i++) {
      if (magnitude[i] == threshold) {
        kept.set(i);
        missing--;
      }
    }
    return Mask.of(weights.length, kept);
  }

  /**
   * Chooses the weights of several tensors to keep.
   *
   * @param weights the weights of each tensor in row-major order, all finite
   * @param previous the mask in force of each
   * @param sparsity the share to mask, in [0, 1)
   * @param allocation which tensors are ranked together
   * @return a mask per tensor
   * @throws IllegalArgumentException if a weight is not finite, numbers or sizes differ, or the
   *     sparsity is out of range
   */
  public static ImmutableList<Mask> choose(
      List<float[]> weights, List<Mask> previous, double sparsity, Allocation allocation) {
    if (weights.size() != previous.size()) {
      throw new IllegalArgumentException(
          "got " + weights.size() + " tensors and " + previous.size() + " masks");
    }
    List<Mask> chosen = new ArrayList<>(Collections.nCopies(weights.size(), null));
    for (List<Integer> group : allocation.groups(weights.size())) {
      float[] all = Floats.concat(group.stream().map(weights::get).toArray(float[][]::new));
      Mask together = choose(all, joined(group, previous), sparsity);
      int begin = 0;
      for (int tensor : group) {
        int end = begin + weights.get(tensor).length;
        BitSet kept = new BitSet();
        for (int i = begin; i < end; i++) {
          kept.set(i - begin, together.keeps(i));
        }
        chosen.set(tensor, Mask.of(end - begin, kept));
        begin = end;
      }
    }
    return ImmutableList.copyOf(chosen);
  }

  private static Mask joined(List<Integer> group, List<Mask> masks) {
    BitSet kept = new BitSet();
    int size = 0;
    for (int tensor : group) {
      Mask mask = masks.get(tensor);
      for (int i = 0; i < mask.size(); i++) {
        kept.set(size + i, mask.keeps(i));
      }
      size += mask.size();
    }
    return Mask.of(size, kept);
  }
}
