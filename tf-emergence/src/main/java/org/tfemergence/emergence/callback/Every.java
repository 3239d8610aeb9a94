package org.tfemergence.emergence.callback;

import org.tfemergence.emergence.train.Step;

/** How often something is done in a training. Its text says so in words. */
public sealed interface Every {
  /**
   * Every k-th update, counted from the first; updates done before, where a step is none.
   *
   * @param k the distance, at least 1
   */
  record Steps(long k) implements Every {
    /**
     * Creates the distance.
     *
     * @throws IllegalArgumentException if {@code k < 1}
     */
    public Steps {
      requirePositive(k);
    }

    @Override
    public boolean includes(Step step) {
      return step.number() % k == 0;
    }

    @Override
    public String toString() {
      return k == 1 ? "every step" : "every " + k + " steps";
    }
  }

  /**
   * Every k-th epoch, at its end: its evaluation pass, or its last step. Evaluations within an
   * epoch are passed over. Epoch 0, the network before training, is one of them.
   *
   * @param k the distance, at least 1
   */
  record Epochs(int k) implements Every {
    /**
     * Creates the distance.
     *
     * @throws IllegalArgumentException if {@code k < 1}
     */
    public Epochs {
      requirePositive(k);
    }

    @Override
    public boolean includes(Step step) {
      return step.epoch() % k == 0 && step.epochOver();
    }

    @Override
    public String toString() {
      return k == 1 ? "every epoch" : "every " + k + " epochs";
    }
  }

  /**
   * Returns every k-th step.
   *
   * @param k the distance, at least 1
   * @return a {@link Steps}
   * @throws IllegalArgumentException if {@code k < 1}
   */
  static Every steps(long k) {
    return new Steps(k);
  }

  /**
   * Returns every k-th epoch.
   *
   * @param k the distance, at least 1
   * @return an {@link Epochs}
   * @throws IllegalArgumentException if {@code k < 1}
   */
  static Every epochs(int k) {
    return new Epochs(k);
  }

  /**
   * Tells whether a step is one of those.
   *
   * @param step the step
   * @return whether something is done in it
   */
  boolean includes(Step step);

  private static void requirePositive(long k) {
    if (k < 1) {
      throw new IllegalArgumentException("k must be at least 1, got " + k);
    }
  }
}
