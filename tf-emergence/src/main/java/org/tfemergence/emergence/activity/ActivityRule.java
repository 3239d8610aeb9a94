package org.tfemergence.emergence.activity;

/**
 * Decides when a unit counts as active: its values over the sampled examples are reduced to one
 * number, which must be greater than a threshold.
 *
 * <p>The pruning paper (arXiv 2409.01568) gives the threshold, theta = 0.05; how a batch becomes
 * one verdict per unit it leaves open, and the mean is our default. A unit with a value that is not
 * finite is never active.
 *
 * @param reducer how the values of a unit over the examples become one number
 * @param threshold theta, finite; a unit is active when its reduced value is greater
 */
public record ActivityRule(Reducer reducer, double threshold) {
  /** How the values of one unit over the sampled examples become one number. */
  public enum Reducer {
    /** The mean over the examples. */
    MEAN,
    /** The greatest value, so that a unit is active when any example activates it. */
    MAX
  }

  /** The rule of the papers as we read them: mean greater than 0.05. */
  public static final ActivityRule DEFAULT = new ActivityRule(Reducer.MEAN, 0.05);

  /**
   * Creates a rule.
   *
   * @throws IllegalArgumentException if the threshold is not finite
   */
  public ActivityRule {
    if (!Double.isFinite(threshold)) {
      throw new IllegalArgumentException("threshold must be finite, got " + threshold);
    }
  }

  /**
   * Tells whether a unit is active.
   *
   * @param reduced the unit's reduced value
   * @return whether it is finite and greater than the threshold
   */
  public boolean isActive(double reduced) {
    return Double.isFinite(reduced) && reduced > threshold;
  }

  @Override
  public String toString() {
    return (reducer == Reducer.MEAN ? "mean" : "max") + " activation > " + threshold;
  }
}
