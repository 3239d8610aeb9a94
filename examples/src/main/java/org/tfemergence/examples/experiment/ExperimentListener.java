package org.tfemergence.examples.experiment;

import org.tfemergence.emergence.train.EpochResult;

/** Hears of an experiment's progress. */
public interface ExperimentListener {
  /**
   * Tells how much there is to do, once, at the beginning.
   *
   * @param steps the number of training steps of all runs together
   */
  default void begins(long steps) {}

  /** Tells that a training step is done. */
  default void step() {}

  /**
   * Tells that an epoch is done.
   *
   * @param run the run's name
   * @param result the epoch's figures
   */
  default void epoch(String run, EpochResult result) {}
}
