package org.tfemergence.emergence.train;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
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
 * @param kernels by layers' names, the variables of their kernels, for exact connectivity; a layer
 *     that is not among them is taken to have all its weights
 * @param statistics variables that the model computes with and that no gradient changes, such as
 *     the moving averages of a normalization, or those of the weights
 * @param averages by weights' names, those of the statistics that follow a weight and that
 *     evaluation takes in its place; whoever sets values of a weight from outside the update, as
 *     masks do, has to set them there too
 * @param inputs by names that the loop chooses, what the inference network reads; a callback may
 *     feed them in a step of {@link Phase#PROBE}
 */
public record TrainingGraph(
    Ops tf,
    Network network,
    ImmutableList<Weight> weights,
    ImmutableList<Tap> trainingTaps,
    ImmutableList<Tap> evaluationTaps,
    Op update,
    ImmutableMap<String, Weight> kernels,
    ImmutableList<Weight> statistics,
    ImmutableMap<String, Weight> averages,
    ImmutableMap<String, Operand<?>> inputs) {
  /**
   * Creates the description.
   *
   * @throws IllegalArgumentException if there is a kernel of a layer that does not count or is not
   *     in the network, or an average that is not among the statistics
   */
  public TrainingGraph {
    Objects.requireNonNull(tf, "tf");
    Objects.requireNonNull(network, "network");
    Objects.requireNonNull(kernels, "kernels");
    Objects.requireNonNull(statistics, "statistics");
    Objects.requireNonNull(averages, "averages");
    Objects.requireNonNull(weights, "weights");
    Objects.requireNonNull(trainingTaps, "trainingTaps");
    Objects.requireNonNull(evaluationTaps, "evaluationTaps");
    Objects.requireNonNull(update, "update");
    Objects.requireNonNull(inputs, "inputs");
    Set<String> layers = new HashSet<>();
    for (Layer layer : network.layers()) {
      layers.add(layer.name());
    }
    for (String layer : kernels.keySet()) {
      if (!layers.contains(layer)) {
        throw new IllegalArgumentException(
            "kernels must be of layers that count, got one of '" + layer + "'");
      }
    }
    if (!statistics.containsAll(averages.values())) {
      throw new IllegalArgumentException(
          "averages must be among the statistics, got averages of " + averages.keySet());
    }
  }

  /**
   * Describes a graph without kernels, statistics and inputs.
   *
   * @param tf where a callback adds its operations
   * @param network what the network looks like
   * @param weights the trainable variables
   * @param trainingTaps the activations of the network's layers in the training step, in order
   * @param evaluationTaps the same in the evaluation step
   * @param update the operation that updates the weights
   */
  public TrainingGraph(
      Ops tf,
      Network network,
      ImmutableList<Weight> weights,
      ImmutableList<Tap> trainingTaps,
      ImmutableList<Tap> evaluationTaps,
      Op update) {
    this(
        tf,
        network,
        weights,
        trainingTaps,
        evaluationTaps,
        update,
        ImmutableMap.of(),
        ImmutableList.of(),
        ImmutableMap.of(),
        ImmutableMap.of());
  }

  /**
   * Returns this description with the layers' kernels.
   *
   * @param kernelsOfLayers by layers' names, the variables of their kernels
   * @return the description
   * @throws IllegalArgumentException if one is of a layer that does not count
   */
  public TrainingGraph withKernels(ImmutableMap<String, Weight> kernelsOfLayers) {
    return with(kernelsOfLayers, statistics, averages, inputs);
  }

  /**
   * Returns this description with variables that no gradient changes.
   *
   * @param variables such as the moving averages of a normalization
   * @param ofWeights by weights' names, those among them that follow a weight
   * @return the description
   * @throws IllegalArgumentException if one that follows a weight is not among the variables
   */
  public TrainingGraph withStatistics(
      ImmutableList<Weight> variables, ImmutableMap<String, Weight> ofWeights) {
    return with(kernels, variables, ofWeights, inputs);
  }

  /**
   * Returns this description with the inference network's inputs.
   *
   * @param byName what the inference network reads, by names of the loop's choice
   * @return the description
   */
  public TrainingGraph withInputs(ImmutableMap<String, Operand<?>> byName) {
    return with(kernels, statistics, averages, byName);
  }

  /**
   * Returns the taps of a phase.
   *
   * @param phase the phase
   * @return the activations of the network's layers in that phase
   */
  public ImmutableList<Tap> taps(Phase phase) {
    return phase == Phase.TRAINING ? trainingTaps : evaluationTaps;
  }

  private TrainingGraph with(
      ImmutableMap<String, Weight> ofLayers,
      ImmutableList<Weight> variables,
      ImmutableMap<String, Weight> ofWeights,
      ImmutableMap<String, Operand<?>> byName) {
    return new TrainingGraph(
        tf,
        network,
        weights,
        trainingTaps,
        evaluationTaps,
        update,
        ofLayers,
        variables,
        ofWeights,
        byName);
  }
}
