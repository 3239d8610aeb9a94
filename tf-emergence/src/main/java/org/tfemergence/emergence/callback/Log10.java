package org.tfemergence.emergence.callback;

import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.graph.ActivityProbe;
import org.tfemergence.emergence.graph.ConnectivitySweep;
import org.tfemergence.emergence.graph.KernelMasks;
import org.tfemergence.emergence.graph.LogEmergence;
import org.tfemergence.emergence.measure.EmergenceMeasure;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Where log10 E can be fetched, each where it can be known.
 *
 * @param ofFirst with the batch that begins a sample
 * @param ofPass with a further batch of a sample
 * @param after in a step of its own behind the sample's
 */
record Log10(
    Optional<Operand<TFloat64>> ofFirst,
    Optional<Operand<TFloat64>> ofPass,
    Optional<Operand<TFloat64>> after) {
  /*
   * Connectivity is read from the kernels. In a training step they change meanwhile, masks being
   * enforced after the update, and no order could be forced upon an update that was there before:
   * so it is read in the step of Phase.PROBE that follows, when they are at rest.
   */
  static Log10 build(
      TrainingGraph graph,
      ActivityProbe probe,
      EmergenceMeasure measure,
      Granularity granularity,
      Phase phase) {
    Ops tf = graph.tf();
    Network network = graph.network();
    Optional<Operand<TFloat64>> none = Optional.empty();
    if (measure instanceof LayerEmergence layers) {
      Operand<TFloat64> first = LogEmergence.build(tf, network, layers, probe.restart());
      return phase == Phase.EVALUATION
          ? new Log10(
              Optional.of(first),
              Optional.of(LogEmergence.build(tf, network, layers, probe.accumulate())),
              none)
          : new Log10(Optional.of(first), none, none);
    }
    Passing passing = ((ExactEmergence) measure).passing();
    if (granularity != Granularity.UNITS) {
      throw new IllegalArgumentException(
          "exact connectivity is of units, got a rule by " + granularity);
    }
    var masks = KernelMasks.build(tf, network, graph.kernels());
    if (phase == Phase.TRAINING) {
      return new Log10(
          none,
          none,
          Optional.of(ConnectivitySweep.build(tf, network, passing, probe.activeSoFar(), masks)));
    }
    Operand<TFloat64> first =
        ConnectivitySweep.build(tf, network, passing, probe.activeAfterRestart(), masks);
    return phase == Phase.EVALUATION
        ? new Log10(
            Optional.of(first),
            Optional.of(
                ConnectivitySweep.build(
                    tf, network, passing, probe.activeAfterAccumulate(), masks)),
            none)
        : new Log10(Optional.of(first), none, none);
  }
}
