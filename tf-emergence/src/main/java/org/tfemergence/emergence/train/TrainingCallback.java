package org.tfemergence.emergence.train;

import com.google.common.collect.ImmutableList;
import org.tfemergence.emergence.graph.Weight;

/**
 * Watches a training loop, or acts on the weights, from inside the graph.
 *
 * <p>TensorFlow Java pays dearly for every operation added after the first run, so a callback has
 * two phases. {@link #attach} adds its operations, once, before the session exists. From then on
 * the loop asks for its {@link #request} before each step, runs everything in one go, and hands it
 * the results. A callback never sees the loop, never calls back, and depends neither on other
 * callbacks nor on their order.
 */
public interface TrainingCallback {
  /**
   * Adds this callback's operations to the graph; called once, before the first run.
   *
   * @param graph the complete training graph
   * @throws IllegalArgumentException if the graph lacks something this callback needs
   */
  void attach(TrainingGraph graph);

  /**
   * Says what the coming step must compute for this callback besides its own work.
   *
   * @param step the coming step
   * @return outputs, and placeholders to feed, that {@link #attach} added
   */
  default StepRequest request(Step step) {
    return StepRequest.NOTHING;
  }

  /**
   * Hands over what a step computed.
   *
   * @param result the step and the values of what was requested
   */
  default void completed(StepResult result) {}

  /**
   * Tells that an epoch, with its evaluation, is over.
   *
   * @param result the epoch's figures
   */
  default void completed(EpochResult result) {}

  /**
   * Names the variables that a checkpoint must hold for this callback to go on after a restart.
   *
   * @return variables created by {@link #attach}
   */
  default ImmutableList<Weight> state() {
    return ImmutableList.of();
  }
}
