package org.tfemergence.emergence.activity;

import java.util.Objects;

/**
 * Decides when a unit counts as active: its values over the sampled examples are reduced to one
 * number, which must be greater than a threshold.
 *
 * <p>The pruning paper (arXiv 2409.01568) gives the threshold, theta = 0.05; how a batch becomes
 * one verdict per unit it leaves open, and the mean is our default. A unit with a value that is not
 * finite is never active.
 *
 * <p>All examples together give each unit one verdict; {@link ExampleRule} gives each example its
 * own.
 *
 * <p>The choices apply in this order: the {@link Sign} to each activation, the {@link Granularity}
 * to the positions of each example, the {@link Reducer} to the examples. So a channel whose
 * positions are half -1 and half 1 has the magnitude 1, not 0.
 *
 * @param reducer how the values of a unit over the examples become one number
 * @param threshold theta, finite; with {@link Sign#ABSOLUTE} not negative
 * @param sign what of an activation counts
 * @param granularity what counts as one unit
 */
public record ActivityRule(Reducer reducer, double threshold, Sign sign, Granularity granularity)
    implements VerdictRule {
  /** The rule of the papers as we read them: mean greater than 0.05. */
  public static final ActivityRule DEFAULT = new ActivityRule(Reducer.mean(), 0.05);

  /**
   * Creates a rule.
   *
   * @throws IllegalArgumentException if the threshold is not finite, or is negative where
   *     magnitudes are compared with it
   */
  public ActivityRule {
    Objects.requireNonNull(reducer, "reducer");
    Objects.requireNonNull(sign, "sign");
    Objects.requireNonNull(granularity, "granularity");
    requireThreshold(threshold, sign);
  }

  /**
   * Creates a rule on activations as they are, unit by unit.
   *
   * @param reducer how the values of a unit over the examples become one number
   * @param threshold theta, finite
   * @throws IllegalArgumentException if the threshold is not finite
   */
  public ActivityRule(Reducer reducer, double threshold) {
    this(reducer, threshold, Sign.AS_IS, Granularity.UNITS);
  }

  /**
   * Returns this rule with another choice of what counts of an activation.
   *
   * @param changed the choice
   * @return the rule
   * @throws IllegalArgumentException if magnitudes were compared with a negative threshold
   */
  public ActivityRule withSign(Sign changed) {
    return new ActivityRule(reducer, threshold, changed, granularity);
  }

  /**
   * Returns this rule with another choice of what counts as one unit.
   *
   * @param changed the choice
   * @return the rule
   */
  public ActivityRule withGranularity(Granularity changed) {
    return new ActivityRule(reducer, threshold, sign, changed);
  }

  /**
   * Tells whether a unit is active.
   *
   * @param reduced the unit's reduced value, from {@link Reducer#finish}
   * @return whether it is finite and greater than the reducer's bound
   */
  public boolean isActive(double reduced) {
    return Double.isFinite(reduced) && reduced > reducer.bound(threshold);
  }

  static void requireThreshold(double threshold, Sign sign) {
    if (!Double.isFinite(threshold)) {
      throw new IllegalArgumentException("threshold must be finite, got " + threshold);
    }
    if (sign == Sign.ABSOLUTE && threshold < 0) {
      throw new IllegalArgumentException(
          "threshold of magnitudes must not be negative, got " + threshold);
    }
  }

  @Override
  public String toString() {
    String words = reducer.describe(sign.toString(), threshold);
    return granularity == Granularity.CHANNELS ? words + ", by channel" : words;
  }
}
