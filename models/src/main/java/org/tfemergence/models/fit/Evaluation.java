package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.tensorflow.Session;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.models.callback.Evaluator;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.objective.MetricSums;
import org.tfemergence.models.objective.Objective;

/**
 * Evaluates the model as it is; if averages of its weights are kept, with these, which then stand
 * in the place of the weights.
 */
final class Evaluation {
  private final Objective objective;
  private final int batchSize;
  private final Steps steps;
  private final Loading loading;
  private final Session session;
  private final Progress progress;
  private final ImmutableList<Evaluator> evaluators;

  Evaluation(
      Objective objective,
      int batchSize,
      Steps steps,
      Loading loading,
      Session session,
      Progress progress,
      List<TrainingCallback> callbacks) {
    this.objective = objective;
    this.batchSize = batchSize;
    this.steps = steps;
    this.loading = loading;
    this.session = session;
    this.progress = progress;
    evaluators =
        callbacks.stream()
            .filter(Evaluator.class::isInstance)
            .map(Evaluator.class::cast)
            .collect(ImmutableList.toImmutableList());
  }

  /** Returns the metrics of the updates since the last result, of data, and of evaluators. */
  EpochResult sinceLastResult(Dataset data, Position position) {
    ImmutableMap.Builder<String, Double> metrics = ImmutableMap.builder();
    if (position.sums().count() > 0) {
      metrics.putAll(objective.metrics(position.sums()));
    }
    return withWeights(
        any -> {
          measured(data, (feed, pass) -> steps.evaluate(feed, of(position, pass)))
              .forEach((name, value) -> metrics.put("val_" + name, value));
          EpochResult measured = result(position, metrics.buildOrThrow());
          Map<String, Double> all = new LinkedHashMap<>(measured.metrics());
          for (Evaluator evaluator : evaluators) {
            evaluator.evaluate(session, measured).forEach((name, value) -> add(all, name, value));
          }
          return result(position, ImmutableMap.copyOf(all));
        });
  }

  /**
   * Returns the metrics of data, which must fit. It is no part of the training: callbacks see
   * nothing of it.
   */
  ImmutableMap<String, Double> metrics(Dataset data) {
    return withWeights(any -> measured(data, (feed, pass) -> steps.evaluate(feed)));
  }

  /** Computes with the weights that are evaluated in the place of the model's. */
  <T> T withWeights(Function<Session, T> run) {
    if (progress.evaluating()) {
      return run.apply(session); // within another evaluation: they stand there already
    }
    progress.requireWhole();
    swap(true);
    try {
      return run.apply(session);
    } finally {
      swap(false);
    }
  }

  /* If that fails, nobody knows which of the variables have whose values. */
  private void swap(boolean evaluating) {
    progress.evaluate(evaluating);
    try {
      steps.swap();
    } catch (RuntimeException e) {
      progress.evaluate(false);
      progress.begin();
      throw e;
    }
  }

  private static EpochResult result(Position position, ImmutableMap<String, Double> metrics) {
    return new EpochResult(position.epoch(), position.step(), metrics);
  }

  private static void add(Map<String, Double> all, String name, double value) {
    if (all.putIfAbsent(name, value) != null) {
      throw new IllegalArgumentException(
          "evaluators must have figures of their own, got one more '" + name + "'");
    }
  }

  /** Where a batch stands in its pass over the data. */
  private record Pass(boolean first, boolean last) {}

  /** How a batch is evaluated. */
  @FunctionalInterface
  private interface Look {
    MetricSums at(Feed feed, Pass pass);
  }

  private static Step of(Position position, Pass pass) {
    return new Step(
        Phase.EVALUATION,
        position.step(),
        position.epochAtHand(),
        pass.first(),
        pass.last(),
        position.batch() == 0);
  }

  private ImmutableMap<String, Double> measured(Dataset data, Look look) {
    return objective.metrics(sums(data, look));
  }

  private MetricSums sums(Dataset data, Look look) {
    ImmutableList<int[]> batches = data.inOrder(batchSize);
    MetricSums sums = MetricSums.NONE;
    try (Loader loader = loading.start(batches, 1, data::gather)) {
      for (int i = 0; i < batches.size(); i++) {
        Pass pass = new Pass(i == 0, i == batches.size() - 1);
        try (Feed feed = loader.next()) {
          sums = sums.plus(look.at(feed, pass));
        }
      }
    }
    return sums;
  }
}
