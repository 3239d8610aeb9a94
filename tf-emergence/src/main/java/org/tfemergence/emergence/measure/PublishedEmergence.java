package org.tfemergence.emergence.measure;

import java.math.BigInteger;
import java.util.Arrays;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

/**
 * Emergence of densely connected layers as both papers print it.
 *
 * <pre>{@code
 * E = sum_{i=1}^{N-1} sum_{j=i+1}^{N} (n_i - a_i) a_j prod_{k=i+1}^{j-1} n_k
 * }</pre>
 *
 * with n_i units in layer i, a_i of them active, and an empty product of 1: every path from an
 * inactive unit to an active one behind it counts, whatever units it passes. Published (arXiv
 * 2407.19044, arXiv 2409.01568) for chains; on a network of any other wiring the sum runs over all
 * paths between layers, which is ours and gives the same on chains.
 */
public final class PublishedEmergence implements EmergenceMeasure {
  /** Creates the measure. */
  public PublishedEmergence() {}

  @Override
  public String name() {
    return "published";
  }

  /*
   * From the last layer back: s_i is the number of paths that leave one unit of layer i and end in
   * an active unit,
   *   s_i = sum over successors j of (a_j + n_j s_j),   E = sum_i (n_i - a_i) s_i.
   */
  @Override
  public Emergence measure(Network network, ActivityCounts counts) {
    requireSameLayers(network, counts);
    int layers = network.layers().size();
    BigInteger[] paths = new BigInteger[layers];
    BigInteger emergence = BigInteger.ZERO;
    for (int i = layers - 1; i >= 0; i--) {
      paths[i] = BigInteger.ZERO;
      for (int j : network.successors(i)) {
        LayerActivity next = counts.layers().get(j);
        paths[i] =
            paths[i]
                .add(BigInteger.valueOf(next.active()))
                .add(BigInteger.valueOf(next.units()).multiply(paths[j]));
      }
      BigInteger inactive = BigInteger.valueOf(counts.layers().get(i).inactive());
      emergence = emergence.add(inactive.multiply(paths[i]));
    }
    return new Emergence(emergence);
  }

  /**
   * Returns the natural logarithm of the number of ways to go from a unit of one layer to a given
   * unit of another.
   *
   * <p>E is bilinear in the inactive units of the first and the active units of the second with
   * these as coefficients. They do not depend on the activity, so that a graph holds them as a
   * constant.
   *
   * @param network the network, of L layers
   * @return [L, L]; negative infinity where no path leads
   */
  public static double[][] logPathsBetween(Network network) {
    int layers = network.layers().size();
    double[][] log = new double[layers][layers];
    for (int i = 0; i < layers; i++) {
      Arrays.fill(log[i], Double.NEGATIVE_INFINITY);
      for (int k = i; k < layers; k++) {
        double through =
            k == i ? 0 : log[i][k] + Math.log((double) network.layers().get(k).units());
        for (int j : network.successors(k)) {
          log[i][j] = logAdd(log[i][j], through);
        }
      }
    }
    return log;
  }

  private static double logAdd(double a, double b) {
    double high = Math.max(a, b);
    return high == Double.NEGATIVE_INFINITY
        ? high
        : high + Math.log1p(Math.exp(Math.min(a, b) - high));
  }

  private static void requireSameLayers(Network network, ActivityCounts counts) {
    if (network.layers().size() != counts.layers().size()) {
      throw new IllegalArgumentException(
          "the network has "
              + network.layers().size()
              + " layers, the activity "
              + counts.layers().size());
    }
    for (int i = 0; i < counts.layers().size(); i++) {
      Layer layer = network.layers().get(i);
      LayerActivity activity = counts.layers().get(i);
      if (!layer.name().equals(activity.layer()) || layer.units() != activity.units()) {
        throw new IllegalArgumentException(
            "layer "
                + i
                + ": the network has '"
                + layer.name()
                + "' of "
                + layer.units()
                + " units, the activity '"
                + activity.layer()
                + "' of "
                + activity.units());
      }
    }
  }
}
