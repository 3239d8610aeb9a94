package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.tfemergence.emergence.trace.Reading.Stage;

/** Normalizations: fused ones, and what those that are composed of other operations do. */
final class NormalizationRules {
  private NormalizationRules() {}

  static void addTo(ImmutableMap.Builder<String, OpRule> rules) {
    for (String type : List.of("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")) {
      rules.put(type, OpRule.first(NormalizationRules::fused));
    }
  }

  private static Flow fused(Site site) {
    boolean inRows = site.flow(0).orElse(null) instanceof Flow.Rows;
    Flow.Carried from = inRows ? ((Flow.Rows) site.flow(0).get()).units() : site.carried(0);
    NotUnderstood.unless(!from.layout().isPadded(), "its input is padded");
    boolean inLayer = from.root().isPresent();
    Set<Parameter> gains = new LinkedHashSet<>(from.gains());
    for (int i = 1; i <= 2; i++) {
      Learnt learnt = site.parameters().behind(site.input(i), inLayer);
      site.parts().uncounted().note(learnt);
      gains.addAll(learnt.parameters());
    }
    for (int i = 3; i <= 4; i++) {
      Learnt moving = site.parameters().behind(site.input(i), inLayer);
      moving.parameters().forEach(site.parts().uncounted()::statistic);
    }
    Reading reading = from.reading();
    Flow.Carried normalized =
        normalized(site, from.read(reading.with(reading.stage(), ImmutableSet.copyOf(gains))));
    return inRows ? new Flow.Rows(normalized) : normalized;
  }

  /**
   * Returns units behind a normalization. Before the activation function it belongs to the layer,
   * and the layer is read in front of it as well; behind it it does not, and is not read.
   *
   * @param from the units, with the normalization's gains
   */
  static Flow.Carried normalized(Site site, Flow.Carried from) {
    Reading reading = from.reading();
    if (reading.stage() == Stage.ACTIVATED) {
      return from;
    }
    if (reading.stage() == Stage.KERNEL) {
      from.root().ifPresent(root -> root.normalizedFrom(reading));
    }
    return from.read(reading.with(Stage.NORMALIZED, reading.gains())).readAt(site.output());
  }
}
