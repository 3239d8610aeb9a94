package org.tfemergence.emergence.train;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
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
   * Says what the coming step must compute for this callback besides its own work. The step may not
   * come about after all, or fail: what is done is known in {@link #completed(StepResult)}, and
   * only there does a callback change what it knows.
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

  /**
   * Returns what tells this callback from others of a training, also after a restart: under this
   * name a checkpoint holds its {@link #hostState}.
   *
   * @return a name that is the same in each run; by default the class's
   */
  default String name() {
    return getClass().getName();
  }

  /**
   * Returns what this callback must know, beside its {@link #state} on the device, to go on after a
   * restart. Asked between updates: when the step of {@link Phase#PROBE} behind one is done and the
   * next has not begun.
   *
   * @return bytes for {@link #restoreHostState}; by default none
   * @throws IllegalStateException if this callback waits for a step of its own, without which what
   *     it knows and its {@link #state} would not fit together
   */
  default ByteString hostState() {
    return ByteString.EMPTY;
  }

  /**
   * Takes up what another callback, of the same name and made alike, knew. Called when this one is
   * attached, before or after steps of its own, whose memory it replaces.
   *
   * @param state what {@link #hostState} gave
   * @throws IllegalArgumentException if the bytes are damaged, or of a callback made otherwise;
   *     this one is then as it was
   */
  default void restoreHostState(ByteString state) {
    if (!state.isEmpty()) {
      throw new IllegalArgumentException(
          "callback '" + name() + "' keeps nothing, got " + state.size() + " bytes");
    }
  }
}
