package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableMap;

/** The table of rules, by the type of the operation. */
final class OpRules {
  private static final ImmutableMap<String, OpRule> RULES = rules();

  private OpRules() {}

  /** Returns the rule for a type of operation; one that understands nothing if there is none. */
  static OpRule of(String type) {
    return RULES.getOrDefault(
        type,
        site -> {
          throw new NotUnderstood("there is no rule for its type");
        });
  }

  private static ImmutableMap<String, OpRule> rules() {
    ImmutableMap.Builder<String, OpRule> rules = ImmutableMap.builder();
    ElementwiseRules.addTo(rules);
    NormalizationRules.addTo(rules);
    ProductRules.addTo(rules);
    AttentionRules.addTo(rules);
    SpatialRules.addTo(rules);
    LayoutRules.addTo(rules);
    RepeatRules.addTo(rules);
    SelectionRules.addTo(rules);
    return rules.buildOrThrow();
  }
}
