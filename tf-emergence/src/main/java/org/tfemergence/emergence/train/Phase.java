package org.tfemergence.emergence.train;

/** What a step runs for. */
public enum Phase {
  /** The step updates the weights from a batch of training data. */
  TRAINING,
  /** The step only looks: it runs the inference network on a batch of held-out data. */
  EVALUATION
}
