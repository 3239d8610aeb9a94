package org.tfemergence.emergence.train;

/** What a step runs for. */
public enum Phase {
  /** The step updates the weights from a batch of training data. */
  TRAINING,
  /**
   * The step only looks: it runs the inference network on a batch of the data that the training is
   * watched on. An evaluation of anything else, or for its own sake, is no step of the training,
   * and callbacks are not asked: their histories would mix what cannot be compared.
   */
  EVALUATION,
  /**
   * The step is the callbacks' own, between two updates, when nothing else touches a variable: the
   * loop runs only what a callback asks for. A callback may feed the inference network's {@link
   * TrainingGraph#inputs} in it. There is one such step before training and one after each update;
   * of an epoch's last update it comes when the epoch's result was told.
   */
  PROBE,
  /**
   * The step is the callbacks' own and the last of the training: it leaves the weights as they are
   * to be used.
   */
  END;

  /**
   * Tells whether steps of this phase have a batch of the loop's.
   *
   * @return false if they run only what callbacks ask for
   */
  public boolean hasBatch() {
    return this == TRAINING || this == EVALUATION;
  }
}
