package org.tfemergence.emergence.trace;

import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;

/** Which keys the queries of an attention look at, read off the weights that they give them. */
enum VisibleKeys {
  /** All at all. */
  ALL,
  /** Each at the key of its own position and those before it. */
  CAUSAL,
  /** All, or each up to its own position, but none at some keys: these are padding. */
  PADDED,
  /** There are no weights to tell by: some query looks at no key. */
  NOTHING,
  /** Anything else. */
  OTHER;

  /*
   * A key is not seen if its weight is this share of the greatest at most, e^-46: a penalty of -100
   * hides it. Equal scores are tried twice, at another level: where a share then differs by more
   * than the second, the graph scales scores unevenly, and weights tell nothing about keys.
   */
  private static final double HIDDEN = 1e-20;

  private static final double EVEN = 1e-3;

  /**
   * Reads weights.
   *
   * @param low the weights where all scores are equal
   * @param high the weights where all scores are equal and greater
   * @param queries the number of queries
   * @param queryStride how far apart the weights of two adjacent queries lie
   * @param keys the number of keys
   * @param keyStride how far apart the weights of two adjacent keys lie
   */
  static VisibleKeys of(
      float[] low, float[] high, int queries, int queryStride, int keys, int keyStride) {
    boolean[][] seen = new boolean[queries][];
    for (int start = 0; start < low.length; start++) {
      if (start / keyStride % keys != 0) {
        continue;
      }
      double lowest = greatest(low, start, keys, keyStride);
      double highest = greatest(high, start, keys, keyStride);
      if (!(lowest > 0 && highest > 0)) {
        return NOTHING;
      }
      boolean[] row = new boolean[keys];
      for (int key = 0; key < keys; key++) {
        double share = Math.abs(low[start + key * keyStride]) / lowest;
        double again = Math.abs(high[start + key * keyStride]) / highest;
        if (Math.abs(share - again) > EVEN) {
          return OTHER;
        }
        row[key] = share > HIDDEN;
      }
      int query = start / queryStride % queries;
      if (seen[query] != null && !Arrays.equals(seen[query], row)) {
        return OTHER; // Heads or examples differ.
      }
      seen[query] = row;
    }
    return of(seen);
  }

  /**
   * Tells the reach from what was seen for several inputs of the network.
   *
   * @return the reach; empty if it is neither of those that there are
   */
  static Optional<Reach> reach(Collection<VisibleKeys> tried) {
    if (tried.contains(OTHER)) {
      return Optional.empty();
    }
    // For an input that is all padding, every key is as good as any other: causal comes first.
    if (tried.contains(CAUSAL)) {
      return Optional.of(Reach.CAUSAL);
    }
    return tried.contains(ALL) ? Optional.of(Reach.ALL) : Optional.empty();
  }

  private static VisibleKeys of(boolean[][] seen) {
    boolean[] last = seen[seen.length - 1];
    boolean square = seen.length == last.length;
    boolean same = true;
    boolean causal = square;
    boolean whole = true;
    for (int key = 0; key < last.length; key++) {
      whole &= last[key];
      for (int query = 0; query < seen.length; query++) {
        same &= seen[query][key] == last[key];
        causal &= seen[query][key] == (last[key] && key <= query);
      }
    }
    if (same) {
      return whole ? ALL : PADDED;
    }
    return causal ? (whole ? CAUSAL : PADDED) : OTHER;
  }

  /* NaN if one is NaN. */
  private static double greatest(float[] weights, int start, int keys, int stride) {
    double greatest = 0;
    for (int key = 0; key < keys; key++) {
      greatest = Math.max(greatest, Math.abs(weights[start + key * stride]));
    }
    return greatest;
  }
}
