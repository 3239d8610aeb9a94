package org.tfemergence.prune.mask;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How a sparsity is shared out among tensors: which of them are ranked together. Of each group
 * {@link Sparsity#kept} weights are kept, counted over all its tensors.
 */
public enum Allocation {
  /** Each tensor by itself: all end up equally sparse. */
  PER_TENSOR {
    @Override
    public ImmutableList<ImmutableList<Integer>> groups(int tensors) {
      return IntStream.range(0, tensors)
          .mapToObj(ImmutableList::of)
          .collect(ImmutableList.toImmutableList());
    }
  },
  /**
   * All tensors together, by one threshold, as PyTorch's {@code global_unstructured} does: a tensor
   * of small weights may end up empty. Among equal magnitudes the earlier tensor comes first.
   */
  GLOBAL {
    @Override
    public ImmutableList<ImmutableList<Integer>> groups(int tensors) {
      return ImmutableList.of(
          IntStream.range(0, tensors).boxed().collect(ImmutableList.toImmutableList()));
    }
  };

  /**
   * Returns which tensors are ranked together.
   *
   * @param tensors the number of tensors, at least 1
   * @return groups of positions, ascending, each position in one group
   */
  public abstract ImmutableList<ImmutableList<Integer>> groups(int tensors);

  /**
   * Returns how many weights of each group are kept.
   *
   * @param sizes the number of weights of each tensor, each at least 1, less than 2^31 in a group
   * @param sparsity the share to mask, in [0, 1)
   * @return a number per group, each at least 1
   * @throws IllegalArgumentException if the sparsity is out of range
   */
  public final int[] kept(List<Long> sizes, double sparsity) {
    return groups(sizes.size()).stream()
        .mapToLong(group -> group.stream().mapToLong(sizes::get).sum())
        .mapToInt(size -> Math.toIntExact(Sparsity.kept(size, sparsity)))
        .toArray();
  }
}
