package org.tfemergence.emergence.callback;

import java.util.Optional;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;

/**
 * On which examples a network is measured, and how often.
 *
 * @param phase of which steps
 * @param every how often
 * @param batch what is fed in steps of {@link Phase#PROBE}; empty in other phases, whose batches
 *     are the loop's
 */
public record Sampling(Phase phase, Every every, Optional<ProbeBatch> batch) {
  /** Each evaluation pass as a whole. */
  public static final Sampling EACH_EVALUATION = evaluationPasses(Every.steps(1));

  /**
   * Creates a choice.
   *
   * @throws IllegalArgumentException if the phase is {@link Phase#END}, or there is a batch in
   *     another phase than {@link Phase#PROBE} or none in it
   */
  public Sampling {
    if (phase == Phase.END) {
      throw new IllegalArgumentException("nothing can be sampled in phase END");
    }
    if (batch.isPresent() != (phase == Phase.PROBE)) {
      throw new IllegalArgumentException(
          "a probe batch must be given for phase PROBE and no other, got "
              + (batch.isPresent() ? "one" : "none")
              + " for "
              + phase);
    }
  }

  /**
   * Measures on batches of training steps, each by itself.
   *
   * @param every how often
   * @return the choice
   */
  public static Sampling trainingBatches(Every every) {
    return new Sampling(Phase.TRAINING, every, Optional.empty());
  }

  /**
   * Measures over evaluation passes, each as a whole.
   *
   * @param every how often
   * @return the choice
   */
  public static Sampling evaluationPasses(Every every) {
    return new Sampling(Phase.EVALUATION, every, Optional.empty());
  }

  /**
   * Measures on the same batch each time, with a forward pass of its own.
   *
   * @param batch the examples
   * @param every how often
   * @return the choice
   */
  public static Sampling probe(ProbeBatch batch, Every every) {
    return new Sampling(Phase.PROBE, every, Optional.of(batch));
  }

  boolean includes(Step step) {
    return step.phase() == phase && every.includes(step);
  }

  /* An evaluation pass is one sample, every other step one of its own. */
  boolean starts(Step step) {
    return phase != Phase.EVALUATION || step.first();
  }

  boolean ends(Step step) {
    return phase != Phase.EVALUATION || step.last();
  }
}
