package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.graph.ActivityProbe;
import org.tfemergence.emergence.graph.CountsProbe;
import org.tfemergence.emergence.graph.ExampleProbe;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.measure.EmergenceMeasure;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * What can be fetched of a sample.
 *
 * @param counts its counts
 * @param log10 its log10 E
 */
record Meter(CountsProbe counts, Log10 log10) {
  static Meter build(
      TrainingGraph graph,
      ImmutableList<Tap> taps,
      VerdictRule rule,
      EmergenceMeasure measure,
      Phase phase) {
    if (rule instanceof ExampleRule each) {
      return ofExamples(graph, taps, each, measure, phase);
    }
    ActivityProbe probe = ActivityProbe.build(graph.tf(), taps, (ActivityRule) rule);
    return new Meter(probe, Log10.build(graph, probe, measure, rule.granularity(), phase));
  }

  private static Meter ofExamples(
      TrainingGraph graph,
      ImmutableList<Tap> taps,
      ExampleRule rule,
      EmergenceMeasure measure,
      Phase phase) {
    if (!(measure instanceof LayerEmergence layers)) {
      throw new IllegalArgumentException(
          "E of each example by itself must be published, filters or strict, got measure "
              + measure.name());
    }
    ExampleProbe probe = ExampleProbe.build(graph.tf(), taps, rule, graph.network(), layers);
    return new Meter(probe, Log10.of(probe, phase));
  }
}
