package org.tfemergence.emergence.train;

import com.google.common.collect.ImmutableMap;
import org.tfemergence.emergence.graph.Weight;

/**
 * A callback that sets elements of weights to zero and keeps them there. A loop that does something
 * to gradients before its update, such as clipping, asks it for the masks first: there is no
 * gradient for an element that is masked.
 */
public interface MaskingCallback extends TrainingCallback {
  /**
   * Adds the masks; called once, before {@link #attach}, or not at all by a loop that does not ask.
   *
   * @param graph the training graph as far as it goes: without statistics, and with an update that
   *     does nothing yet
   * @return by weights' names, masks in their shapes: above zero where an element is there
   */
  ImmutableMap<String, Weight> masks(TrainingGraph graph);
}
