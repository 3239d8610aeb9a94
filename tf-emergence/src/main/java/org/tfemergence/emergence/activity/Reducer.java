package org.tfemergence.emergence.activity;

/**
 * How the values of one unit over the sampled examples become one number, and what that number must
 * be greater than.
 *
 * <p>Its methods are the steps of the reference, {@link ActivityCounter}; all are pure.
 */
public sealed interface Reducer {
  /** The mean over the examples, which must be greater than theta. */
  record Mean() implements Reducer {
    @Override
    public double start() {
      return 0;
    }

    @Override
    public double add(double joined, double value, double theta) {
      return joined + value;
    }

    @Override
    public double finish(double joined, long examples) {
      return joined / examples;
    }

    @Override
    public double bound(double theta) {
      return theta;
    }

    @Override
    public String describe(String value, double theta) {
      return "mean " + value + " > " + theta;
    }
  }

  /** The greatest value, so that a unit is active when any example activates it. */
  record Max() implements Reducer {
    @Override
    public double start() {
      return -Double.MAX_VALUE;
    }

    @Override
    public double add(double joined, double value, double theta) {
      return Math.max(joined, value);
    }

    @Override
    public double finish(double joined, long examples) {
      return joined;
    }

    @Override
    public double bound(double theta) {
      return theta;
    }

    @Override
    public String describe(String value, double theta) {
      return "max " + value + " > " + theta;
    }
  }

  /**
   * The share of the examples in which the value is greater than theta; it must be greater than
   * rho.
   *
   * @param rho the share that is not yet enough, in [0, 1)
   */
  record Share(double rho) implements Reducer {
    /**
     * Creates the reducer.
     *
     * @throws IllegalArgumentException if rho is not in [0, 1)
     */
    public Share {
      if (!(rho >= 0 && rho < 1)) {
        throw new IllegalArgumentException("rho must be in [0, 1), got " + rho);
      }
    }

    @Override
    public double start() {
      return 0;
    }

    @Override
    public double add(double joined, double value, double theta) {
      return joined + (value > theta ? 1 : 0);
    }

    @Override
    public double finish(double joined, long examples) {
      return joined / examples;
    }

    @Override
    public double bound(double theta) {
      return rho;
    }

    @Override
    public String describe(String value, double theta) {
      return value + " > " + theta + " in more than " + rho + " of the examples";
    }
  }

  /**
   * Returns the mean over the examples.
   *
   * @return a {@link Mean}
   */
  static Reducer mean() {
    return new Mean();
  }

  /**
   * Returns the greatest value over the examples.
   *
   * @return a {@link Max}
   */
  static Reducer max() {
    return new Max();
  }

  /**
   * Returns the share of the examples in which the value is greater than theta.
   *
   * @param rho what the share must be greater than, in [0, 1)
   * @return a {@link Share}
   * @throws IllegalArgumentException if rho is not in [0, 1)
   */
  static Reducer share(double rho) {
    return new Share(rho);
  }

  /**
   * Returns what stands for a unit before its first example.
   *
   * @return the neutral value of {@link #add}
   */
  double start();

  /**
   * Adds an example.
   *
   * @param joined what stands for the examples before
   * @param value the unit's value in this one, finite
   * @param theta the rule's threshold
   * @return what stands for all of them
   */
  double add(double joined, double value, double theta);

  /**
   * Returns the number that decides.
   *
   * @param joined what stands for all examples
   * @param examples how many they are, at least 1
   * @return the number to be compared with {@link #bound}
   */
  double finish(double joined, long examples);

  /**
   * Returns what the number that decides must be greater than.
   *
   * @param theta the rule's threshold
   * @return theta itself, or what the reducer has in its place
   */
  double bound(double theta);

  /**
   * Says in words when a unit is active.
   *
   * @param value what to call a unit's value
   * @param theta the rule's threshold
   * @return the condition, such as {@code mean activation > 0.05}
   */
  String describe(String value, double theta);
}
