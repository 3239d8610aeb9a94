package org.tfemergence.emergence.callback;

import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.graph.ActivityProbe;
import org.tfemergence.emergence.graph.ConnectivitySweep;
import org.tfemergence.emergence.graph.ExampleProbe;
import org.tfemergence.emergence.graph.KernelMasks;
import org.tfemergence.emergence.graph.LogEmergence;
import org.tfemergence.emergence.measure.EmergenceMeasure;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.TrainingGraph;

/** Where log10 E can be fetched. */
sealed interface Log10 {
  /**
   * With the only batch of a sample.
   *
   * @param value log10 E
   */
  record OfBatch(Operand<TFloat64> value) implements Log10 {}

  /**
   * With the last batch of a pass.
   *
   * @param only log10 E where that is the first one too
   * @param last log10 E elsewhere
   */
  record OfPass(Operand<TFloat64> only, Operand<TFloat64> last) implements Log10 {}

  /**
   * In a step of its own behind the sample's.
   *
   * @param value log10 E
   */
  record Behind(Operand<TFloat64> value) implements Log10 {}

  /** Returns what to fetch with the step that ends a sample, which may begin it too. */
  default Optional<Operand<TFloat64>> atEnd(boolean starts) {
    if (this instanceof OfPass pass) {
      return Optional.of(starts ? pass.only() : pass.last());
    }
    return this instanceof OfBatch batch ? Optional.of(batch.value()) : Optional.empty();
  }

  static Log10 of(ExampleProbe probe, Phase phase) {
    return phase == Phase.EVALUATION
        ? new OfPass(probe.log10AfterRestart(), probe.log10AfterAccumulate())
        : new OfBatch(probe.log10AfterRestart());
  }

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
    if (measure instanceof LayerEmergence layers) {
      Operand<TFloat64> only = LogEmergence.build(tf, network, layers, probe.restart());
      return phase == Phase.EVALUATION
          ? new OfPass(only, LogEmergence.build(tf, network, layers, probe.accumulate()))
          : new OfBatch(only);
    }
    Passing passing = ((ExactEmergence) measure).passing();
    if (granularity != Granularity.UNITS) {
      throw new IllegalArgumentException(
          "exact connectivity is of units, got a rule by " + granularity);
    }
    var masks = KernelMasks.build(tf, network, graph.kernels());
    if (phase == Phase.TRAINING) {
      return new Behind(ConnectivitySweep.build(tf, network, passing, probe.activeSoFar(), masks));
    }
    Operand<TFloat64> only =
        ConnectivitySweep.build(tf, network, passing, probe.activeAfterRestart(), masks);
    return phase == Phase.EVALUATION
        ? new OfPass(
            only,
            ConnectivitySweep.build(tf, network, passing, probe.activeAfterAccumulate(), masks))
        : new OfBatch(only);
  }
}
