package org.tfemergence.emergence.activity;

/** What of an activation counts, where activations can be negative. */
public enum Sign {
  /** The activation itself. */
  AS_IS("activation"),
  /** Its magnitude: after GELU or tanh, a unit far below zero says as much as one above. */
  ABSOLUTE("|activation|");

  private final String value;

  Sign(String value) {
    this.value = value;
  }

  /**
   * Returns what counts of an activation.
   *
   * @param activation the activation
   * @return it or its magnitude
   */
  public double of(double activation) {
    return this == ABSOLUTE ? Math.abs(activation) : activation;
  }

  /**
   * Returns how what counts is written.
   *
   * @return {@code activation} or {@code |activation|}
   */
  @Override
  public String toString() {
    return value;
  }
}
