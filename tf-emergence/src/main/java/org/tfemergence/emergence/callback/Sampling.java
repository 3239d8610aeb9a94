package org.tfemergence.emergence.callback;

import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;

/**
 * When a callback looks: over each evaluation pass, or on the batch of every k-th training step.
 *
 * @param phase where it looks
 * @param every the distance between two training steps that it looks at; 1 in evaluation
 */
record Sampling(Phase phase, long every) {
  /** Over each evaluation pass as a whole. */
  static final Sampling EVALUATION_PASSES = new Sampling(Phase.EVALUATION, 1);

  /** On single batches. */
  static Sampling everyTrainingSteps(long k) {
    if (k < 1) {
      throw new IllegalArgumentException("k must be at least 1, got " + k);
    }
    return new Sampling(Phase.TRAINING, k);
  }

  boolean looksAt(Step step) {
    return step.phase() == phase && step.number() % every == 0;
  }

  boolean begins(Step step) {
    return phase == Phase.TRAINING || step.first();
  }

  boolean ends(Step step) {
    return phase == Phase.TRAINING || step.last();
  }
}
