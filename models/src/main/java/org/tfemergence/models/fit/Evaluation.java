package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.objective.MetricSums;
import org.tfemergence.models.objective.Objective;

/** Evaluates the model as it is; if averages of its weights are kept, with these. */
final class Evaluation {
  private final Objective objective;
  private final int batchSize;
  private final Steps steps;
  private final Loading loading;

  Evaluation(Objective objective, int batchSize, Steps steps, Loading loading) {
    this.objective = objective;
    this.batchSize = batchSize;
    this.steps = steps;
    this.loading = loading;
  }

  /** Returns the metrics of the updates since the last result, and those of data. */
  ImmutableMap<String, Double> sinceLastResult(Dataset data, Position position) {
    ImmutableMap.Builder<String, Double> found = ImmutableMap.builder();
    if (position.sums().count() > 0) {
      found.putAll(objective.metrics(position.sums()));
    }
    return found.putAll(metrics(data, position)).buildOrThrow();
  }

  /** Returns the metrics of data, which must fit, their names preceded by {@code val_}. */
  ImmutableMap<String, Double> metrics(Dataset data, Position position) {
    MetricSums sums;
    steps.swap();
    try {
      sums = sums(data, position);
    } finally {
      steps.swap();
    }
    ImmutableMap.Builder<String, Double> found = ImmutableMap.builder();
    objective.metrics(sums).forEach((name, value) -> found.put("val_" + name, value));
    return found.buildOrThrow();
  }

  private MetricSums sums(Dataset data, Position position) {
    ImmutableList<int[]> batches = data.inOrder(batchSize);
    MetricSums sums = MetricSums.NONE;
    try (Loader loader = loading.start(batches, 1, data::gather)) {
      for (int i = 0; i < batches.size(); i++) {
        Step step =
            new Step(
                Phase.EVALUATION,
                position.step(),
                position.epochAtHand(),
                i == 0,
                i == batches.size() - 1);
        try (Feed feed = loader.next()) {
          sums = sums.plus(steps.evaluate(feed, step));
        }
      }
    }
    return sums;
  }
}
