package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tfemergence.emergence.measure.LayerEmergence.Contribution;

/**
 * How much of E begins in a layer, and how much ends there. Over all layers, either adds up to E.
 *
 * @param layer the layer's name
 * @param begins the paths that begin in its inactive units
 * @param ends the paths that end in its active units
 */
public record LayerContribution(String layer, BigInteger begins, BigInteger ends) {
  /**
   * Adds up the pairs of layers that E was taken apart into.
   *
   * @param layers the names of all layers
   * @param pairs the pairs, as {@code LayerEmergence.explain} and {@code ExactEmergence.explain}
   *     give them
   * @return one of each layer, in the order of the names; zero where no path begins or ends
   * @throws IllegalArgumentException if a pair is of a layer that is not among the names
   */
  public static ImmutableList<LayerContribution> of(List<String> layers, List<Contribution> pairs) {
    Map<String, LayerContribution> sums = new LinkedHashMap<>();
    for (String layer : layers) {
      sums.put(layer, new LayerContribution(layer, BigInteger.ZERO, BigInteger.ZERO));
    }
    for (Contribution pair : pairs) {
      for (String layer : List.of(pair.from(), pair.to())) {
        if (!sums.containsKey(layer)) {
          throw new IllegalArgumentException(
              "pairs must be of the layers " + layers + ", got one of '" + layer + "'");
        }
      }
      LayerContribution from = sums.get(pair.from());
      sums.put(
          pair.from(),
          new LayerContribution(pair.from(), from.begins().add(pair.paths()), from.ends()));
      LayerContribution to = sums.get(pair.to());
      sums.put(
          pair.to(), new LayerContribution(pair.to(), to.begins(), to.ends().add(pair.paths())));
    }
    return ImmutableList.copyOf(sums.values());
  }
}
