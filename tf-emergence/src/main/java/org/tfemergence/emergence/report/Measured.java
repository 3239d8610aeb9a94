package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.graph.TapPoint;

/**
 * What the readings of a history are of: without it their numbers cannot be compared with others.
 *
 * @param measure the name of the definition of emergence that was used
 * @param rule when a unit was counted as active
 * @param place where it was measured; absent in histories that were kept before it was
 */
public record Measured(String measure, VerdictRule rule, Optional<Place> place) {
  /** Refuses null. */
  public Measured {
    Objects.requireNonNull(measure, "measure");
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(place, "place");
  }

  /**
   * Where in a training and a network activity was read.
   *
   * @param sampling on which examples and how often, in words, such as {@code evaluation passes,
   *     every epoch}
   * @param tapPoint where along a layer
   * @param layers the names of the layers that were counted, in the network's order
   */
  public record Place(String sampling, TapPoint tapPoint, ImmutableList<String> layers) {
    /** Refuses null. */
    public Place {
      Objects.requireNonNull(sampling, "sampling");
      Objects.requireNonNull(tapPoint, "tapPoint");
      Objects.requireNonNull(layers, "layers");
    }
  }

  /**
   * Returns this as lines of Markdown, as TensorBoard shows texts.
   *
   * @return a line for each thing that is known, with empty ones in between
   */
  public String text() {
    String known = "measure: " + measure + "\n\nactive: " + rule;
    return known
        + place
            .map(
                where ->
                    "\n\nsampled: "
                        + where.sampling()
                        + "\n\nread: "
                        + where.tapPoint().name().toLowerCase(Locale.ROOT)
                        + "\n\nlayers: "
                        + String.join(", ", where.layers()))
            .orElse("");
  }
}
