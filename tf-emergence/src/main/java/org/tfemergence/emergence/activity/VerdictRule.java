package org.tfemergence.emergence.activity;

/**
 * When the units of a sample are active, and what the sample's E is of. An {@link ActivityRule}
 * gives each unit one verdict over all examples, and the sample one E; an {@link ExampleRule} gives
 * each example verdicts and an E of its own, and the sample the mean of them.
 */
public sealed interface VerdictRule permits ActivityRule, ExampleRule {
  /**
   * Returns theta.
   *
   * @return the threshold, finite; not negative where magnitudes are compared with it
   */
  double threshold();

  /**
   * Returns what of an activation counts.
   *
   * @return the choice
   */
  Sign sign();

  /**
   * Returns what counts as one unit.
   *
   * @return the choice
   */
  Granularity granularity();
}
