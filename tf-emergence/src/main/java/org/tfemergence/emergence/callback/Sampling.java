package org.tfemergence.emergence.callback;

import java.util.Objects;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;

/** On which examples a network is looked at, and how often. Its text says so in words. */
public sealed interface Sampling {
  /** Each evaluation pass as a whole. */
  Sampling EACH_EVALUATION = evaluationPasses(Every.steps(1));

  /**
   * The batches of training steps, each by itself.
   *
   * @param every how often
   */
  record TrainingBatches(Every every) implements Sampling {
    /** Refuses null. */
    public TrainingBatches {
      Objects.requireNonNull(every, "every");
    }

    @Override
    public Phase phase() {
      return Phase.TRAINING;
    }

    @Override
    public String toString() {
      return "training batches, " + every;
    }
  }

  /**
   * Evaluation passes, each as a whole.
   *
   * @param every how often
   */
  record EvaluationPasses(Every every) implements Sampling {
    /** Refuses null. */
    public EvaluationPasses {
      Objects.requireNonNull(every, "every");
    }

    @Override
    public Phase phase() {
      return Phase.EVALUATION;
    }

    @Override
    public String toString() {
      return "evaluation passes, " + every;
    }
  }

  /**
   * The same batch each time, with a forward pass of its own in steps of {@link Phase#PROBE}.
   *
   * @param batch the examples
   * @param every how often
   */
  record Probe(ProbeBatch batch, Every every) implements Sampling {
    /** Refuses null. */
    public Probe {
      Objects.requireNonNull(batch, "batch");
      Objects.requireNonNull(every, "every");
    }

    @Override
    public Phase phase() {
      return Phase.PROBE;
    }

    @Override
    public String toString() {
      return "a probe batch, " + every;
    }
  }

  /**
   * Looks at batches of training steps, each by itself.
   *
   * @param every how often
   * @return the choice
   */
  static Sampling trainingBatches(Every every) {
    return new TrainingBatches(every);
  }

  /**
   * Looks at evaluation passes, each as a whole.
   *
   * @param every how often
   * @return the choice
   */
  static Sampling evaluationPasses(Every every) {
    return new EvaluationPasses(every);
  }

  /**
   * Looks at the same batch each time, with a forward pass of its own.
   *
   * @param batch the examples
   * @param every how often
   * @return the choice
   */
  static Sampling probe(ProbeBatch batch, Every every) {
    return new Probe(batch, every);
  }

  /**
   * Returns how often.
   *
   * @return the distance
   */
  Every every();

  /**
   * Returns in which steps the examples are to be seen.
   *
   * @return their phase
   */
  Phase phase();

  /**
   * Tells whether a step is of a sample.
   *
   * @param step the step
   * @return whether it is looked at
   */
  default boolean includes(Step step) {
    return step.phase() == phase() && every().includes(step);
  }

  /**
   * Tells whether a step that is looked at begins a sample.
   *
   * @param step the step
   * @return of an evaluation pass whether it is the first, else true
   */
  default boolean starts(Step step) {
    return step.phase() != Phase.EVALUATION || step.first();
  }

  /**
   * Tells whether a step that is looked at ends a sample.
   *
   * @param step the step
   * @return of an evaluation pass whether it is the last, else true
   */
  default boolean ends(Step step) {
    return step.phase() != Phase.EVALUATION || step.last();
  }
}
