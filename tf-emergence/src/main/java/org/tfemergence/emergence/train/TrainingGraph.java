package org.tfemergence.emergence.train;

import com.google.common.collect.ImmutableList;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Network;

/**
 * A complete training graph, as callbacks see it before the first run.
 *
 * @param tf where a callback adds its operations
 * @param network what the network looks like
 * @param weights the trainable variables
 * @param trainingTaps the activations of the network's layers in the training step, in the
 *     network's order; may be empty when nothing samples there
 * @param evaluationTaps the same in the evaluation step
 * @param update the operation that updates the weights; an operation with a control dependency on
 *     it sees the new values
 */
public record TrainingGraph(
    Ops tf,
    Network network,
    ImmutableList<Weight> weights,
    ImmutableList<Tap> trainingTaps,
    ImmutableList<Tap> evaluationTaps,
    Op update) {
  /**
   * Returns the taps of a phase.
   *
   * @param phase the phase
   * @return the activations of the network's layers in that phase
   */
  public ImmutableList<Tap> taps(Phase phase) {
    return phase == Phase.TRAINING ? trainingTaps : evaluationTaps;
  }
}
