package org.tfemergence.emergence.measure;

import com.google.common.collect.ImmutableList;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;

/**
 * Emergence from the number of active units of each layer, every layer that feeds another taken to
 * be densely connected to it.
 *
 * <pre>{@code
 * E = sum_{i=1}^{N-1} sum_{j=i+1}^{N} (n_i - a_i) a_j prod_{k=i+1}^{j-1} p_k
 * }</pre>
 *
 * with n_i units in layer i as they were counted, without padding, a_i of them active, an empty
 * product of 1, and p_k by the {@link PathRule}: n_k as both papers print it for dense layers, m_k
 * filters for convolutions (arXiv 2407.19044, arXiv 2409.01568). Where channels were counted, n_i
 * and a_i are numbers of channels, and so is n_k. On a network that is not a chain the sum runs
 * over all paths between layers, which is ours and gives the same on chains. Identity skips and
 * pruned weights are beyond counts: {@link ExactEmergence} knows them.
 *
 * @param rule how many units of a layer a path may pass
 */
public record LayerEmergence(PathRule rule) implements EmergenceMeasure {
  /** The formula for dense layers, as published. */
  public static final LayerEmergence PUBLISHED = new LayerEmergence(PathRule.PUBLISHED);

  /** The formula for convolutions, as published. */
  public static final LayerEmergence FILTERS = new LayerEmergence(PathRule.FILTERS);

  /** Paths among active units only. */
  public static final LayerEmergence STRICT = new LayerEmergence(PathRule.STRICT);

  /** Refuses null. */
  public LayerEmergence {
    Objects.requireNonNull(rule, "rule");
  }

  /**
   * The part of E that begins in one layer and ends in another.
   *
   * @param from the layer whose inactive units the paths begin in
   * @param to the layer whose active units they end in
   * @param paths how many there are, above 0
   */
  public record Contribution(String from, String to, BigInteger paths) {}

  /**
   * Returns the formula that the papers print for a network's kind of layers, for where counts must
   * do.
   *
   * @param network the network
   * @return {@link #FILTERS} if it has a convolution, which in dense layers is the same as {@link
   *     #PUBLISHED}, and that if it has none
   */
  public static LayerEmergence defaultFor(Network network) {
    for (Layer from : network.nodes()) {
      for (Layer to : network.targets(from)) {
        if (network.wiring(from, to) instanceof Wiring.Convolution) {
          return FILTERS;
        }
      }
    }
    return PUBLISHED;
  }

  @Override
  public String name() {
    return rule.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Measures a network.
   *
   * @param network the network
   * @param counts its activity, with the network's layers in the network's order
   * @return its emergence
   * @throws IllegalArgumentException if the counts are of other layers or of another number of
   *     units, those of whole positions that are padding left out
   */
  public Emergence measure(Network network, ActivityCounts counts) {
    requireSameLayers(network, counts);
    // From the last layer back: s_i is the number of paths that leave one unit of layer i and end
    // in an active unit, t_j that of those which do so by layer j,
    //   s_i = sum over successors j of t_j,   t_j = a_j + p_j s_j,   E = sum_i (n_i - a_i) s_i.
    int layers = network.layers().size();
    PathCount[] paths = new PathCount[layers]; // t
    PathCount emergence = new PathCount();
    for (int i = layers - 1; i >= 0; i--) {
      PathCount leaving = new PathCount(); // s_i
      for (int j : network.successors(i)) {
        leaving.add(paths[j], 1);
      }
      LayerActivity layer = counts.layers().get(i);
      paths[i] = new PathCount();
      paths[i].add(leaving, passable(network, counts, i));
      paths[i].add(PathCount.ONE, layer.active());
      emergence.add(leaving, layer.inactive());
    }
    return new Emergence(emergence.value());
  }

  /**
   * Takes E apart into its pairs of layers.
   *
   * @param network the network
   * @param counts its activity, with the network's layers in the network's order
   * @return the pairs that contribute, largest first; their paths add up to E
   * @throws IllegalArgumentException if the counts are of other layers or of another number of
   *     units, those of whole positions that are padding left out
   */
  public ImmutableList<Contribution> explain(Network network, ActivityCounts counts) {
    requireSameLayers(network, counts);
    int layers = network.layers().size();
    ImmutableList.Builder<Contribution> all = ImmutableList.builder();
    for (int i = 0; i < layers; i++) {
      // between[j]: the number of ways from a unit of layer i to a given unit of layer j
      BigInteger[] between = new BigInteger[layers];
      Arrays.fill(between, BigInteger.ZERO);
      BigInteger inactive = BigInteger.valueOf(counts.layers().get(i).inactive());
      for (int k = i; k < layers; k++) {
        BigInteger through =
            k == i
                ? BigInteger.ONE
                : between[k].multiply(BigInteger.valueOf(passable(network, counts, k)));
        for (int j : network.successors(k)) {
          between[j] = between[j].add(through);
        }
        BigInteger paths =
            inactive
                .multiply(between[k])
                .multiply(BigInteger.valueOf(counts.layers().get(k).active()));
        if (paths.signum() > 0) {
          all.add(
              new Contribution(
                  network.layers().get(i).name(), network.layers().get(k).name(), paths));
        }
      }
    }
    return ImmutableList.sortedCopyOf((a, b) -> b.paths().compareTo(a.paths()), all.build());
  }

  private static String counted(Granularity granularity) {
    return " " + granularity.name().toLowerCase(Locale.ROOT);
  }

  private long passable(Network network, ActivityCounts counts, int layer) {
    LayerActivity activity = counts.layers().get(layer);
    long filters = Math.min(network.layers().get(layer).channels(), activity.units());
    return rule.passable(activity.units(), filters, activity.active());
  }

  /* Padding takes whole positions off, with all their channels. */
  private static boolean fits(long counted, long units, Layer layer) {
    return counted <= units && counted % layer.channels() == 0;
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
      long units = counts.granularity().units(layer);
      if (!layer.name().equals(activity.layer()) || !fits(activity.units(), units, layer)) {
        throw new IllegalArgumentException(
            "layer "
                + i
                + ": the network has '"
                + layer.name()
                + "' of "
                + units
                + counted(counts.granularity())
                + ", the activity '"
                + activity.layer()
                + "' of "
                + activity.units());
      }
    }
  }
}
