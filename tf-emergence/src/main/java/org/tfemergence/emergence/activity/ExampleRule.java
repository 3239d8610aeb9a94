package org.tfemergence.emergence.activity;

import java.util.Objects;

/**
 * Decides when a unit counts as active in one example: when its value there is greater than a
 * threshold. Each example has verdicts of its own and therefore an E of its own; that of a sample
 * is their mean. Ours: the papers leave open how a batch becomes verdicts.
 *
 * <p>Counts over a sample are of pairs of a unit and an example: a layer of n units without padding
 * has n times as many as there are examples, and its share is the mean active share of an example.
 * A value that is not finite is never active and counts for its own example only. A unit whose
 * position is padding is none of that example; an example that is padding in all layers is none.
 *
 * @param threshold theta, finite; with {@link Sign#ABSOLUTE} not negative
 * @param sign what of an activation counts
 * @param granularity what counts as one unit
 */
public record ExampleRule(double threshold, Sign sign, Granularity granularity)
    implements VerdictRule {
  /** The threshold of the pruning paper (arXiv 2409.01568), 0.05, for each example by itself. */
  public static final ExampleRule DEFAULT = new ExampleRule(ActivityRule.DEFAULT.threshold());

  /**
   * Creates a rule.
   *
   * @throws IllegalArgumentException if the threshold is not finite, or is negative where
   *     magnitudes are compared with it
   */
  public ExampleRule {
    Objects.requireNonNull(sign, "sign");
    Objects.requireNonNull(granularity, "granularity");
    ActivityRule.requireThreshold(threshold, sign);
  }

  /**
   * Creates a rule on activations as they are, unit by unit.
   *
   * @param threshold theta, finite
   * @throws IllegalArgumentException if the threshold is not finite
   */
  public ExampleRule(double threshold) {
    this(threshold, Sign.AS_IS, Granularity.UNITS);
  }

  /**
   * Returns this rule with another choice of what counts of an activation.
   *
   * @param changed the choice
   * @return the rule
   * @throws IllegalArgumentException if magnitudes were compared with a negative threshold
   */
  public ExampleRule withSign(Sign changed) {
    return new ExampleRule(threshold, changed, granularity);
  }

  /**
   * Returns this rule with another choice of what counts as one unit.
   *
   * @param changed the choice
   * @return the rule
   */
  public ExampleRule withGranularity(Granularity changed) {
    return new ExampleRule(threshold, sign, changed);
  }

  /**
   * Returns the rule by which a sample of one example has the same verdicts.
   *
   * @return the rule of the mean, which of one value is the value itself
   */
  public ActivityRule ofOne() {
    return new ActivityRule(Reducer.mean(), threshold, sign, granularity);
  }

  @Override
  public String toString() {
    String words = sign + " > " + threshold + " in each example by itself";
    return granularity == Granularity.CHANNELS ? words + ", by channel" : words;
  }
}
