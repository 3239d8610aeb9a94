package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.init.initializer.Seeds;
import org.tfemergence.models.objective.MetricSums;

/** The loop: one {@link FitPlan}, carried out by the parts of a trainer. */
final class Fitting {
  private final TrainerOptions options;
  private final Steps steps;
  private final Loading loading;
  private final Evaluation evaluation;
  private final TrainingState state;
  private final Progress progress;
  private final FitPlan plan;
  private final ImmutableList.Builder<EpochResult> results = ImmutableList.builder();

  Fitting(
      TrainerOptions options,
      Steps steps,
      Loading loading,
      Evaluation evaluation,
      TrainingState state,
      Progress progress,
      FitPlan plan) {
    this.options = options;
    this.steps = steps;
    this.loading = loading;
    this.evaluation = evaluation;
    this.state = state;
    this.progress = progress;
    this.plan = plan;
  }

  ImmutableList<EpochResult> run() {
    boolean goesOn = !progress.stopped() && !plan.until().reached(progress.position());
    if (progress.position().step() == 0 && !progress.stopped()) {
      goesOn &= !evaluateAndAsk(true, true);
    }
    while (goesOn) {
      goesOn = trainEpoch();
    }
    if (steps.own(Phase.END, progress.position(), false, true)) {
      progress.changeWeights(); // the best may be back
    }
    return results.build();
  }

  /* Trains to the end of the epoch, or as far as the plan goes; tells whether to go on. */
  private boolean trainEpoch() {
    long seed = Seeds.derive(options.seed(), "epoch " + (progress.position().epoch() + 1));
    ImmutableList<int[]> batches = plan.training().shuffled(options.batching().size(), seed);
    try (Loader loader = loader(left(batches), seed)) {
      while (true) {
        boolean first = progress.position().batch() == 0;
        update(loader, batches.size());
        boolean last = progress.position().batch() == batches.size();
        if (last) {
          progress.moveTo(progress.position().afterEpoch());
        }
        boolean end = plan.until().reached(progress.position());
        boolean due = end || plan.evaluateEvery().divides(progress.position());
        boolean stops = due && evaluateAndAsk(first, last);
        if (!due) {
          steps.own(Phase.PROBE, progress.position(), first, last);
        }
        saveIfDue();
        if (end || stops || last) {
          return !end && !stops;
        }
      }
    }
  }

  /* The batches that an update has not yet seen: all of them, unless a checkpoint was restored. */
  private List<int[]> left(ImmutableList<int[]> batches) {
    Position position = progress.position();
    if (position.batch() >= batches.size()) {
      throw new IllegalArgumentException(
          "the training is at batch "
              + position.batch()
              + " of its epoch, the training data make "
              + batches.size());
    }
    return batches.subList(position.batch(), batches.size());
  }

  private Loader loader(List<int[]> batches, long seed) {
    return loading.start(
        batches,
        options.hardware().devices().size(),
        examples -> plan.training().gather(examples, seed));
  }

  private void update(Loader loader, int batches) {
    Position position = progress.position();
    int count = Math.min(options.batching().accumulation(), batches - position.batch());
    long number = position.step() + 1;
    Step step =
        new Step(
            Phase.TRAINING,
            number,
            position.epoch() + 1,
            position.batch() == 0,
            position.batch() + count == batches);
    double rate = learningRate(number);
    long draw = position.step() * options.batching().accumulation();
    MetricSums sums = MetricSums.NONE;
    for (int i = 1; i < count; i++) {
      try (Feed feed = loader.next()) {
        progress.begin();
        sums = sums.plus(requireFinite(steps.take(feed, ++draw), number));
      }
    }
    MetricSums before = sums;
    try (Feed feed = loader.next()) {
      steps.update(
          feed,
          ++draw,
          rate,
          step,
          new Steps.Progressing() {
            @Override
            public void started() {
              progress.begin();
            }

            @Override
            public void updated(MetricSums ofLast) {
              progress.moveTo(position.afterUpdate(count, before.plus(ofLast)));
              requireFinite(ofLast, number);
            }
          });
    }
    progress.done();
  }

  /* Evaluates, tells callbacks, has them probe; returns whether a rule ends the training. */
  private boolean evaluateAndAsk(boolean first, boolean last) {
    EpochResult result = evaluation.sinceLastResult(plan.validation(), progress.position());
    progress.tell(result.metrics());
    steps.tell(result);
    results.add(result);
    steps.own(Phase.PROBE, progress.position(), first, last);
    boolean stops = steps.stops(result);
    if (plan.stop().stop(result) || stops) {
      progress.stop();
    }
    return progress.stopped();
  }

  /* Never before the first update: who goes on from there would be told of the start twice. */
  private void saveIfDue() {
    if (plan.saving().isPresent()
        && progress.position().step() > 0
        && plan.saving().get().every().divides(progress.position())) {
      try {
        state.save(plan.saving().get().checkpoints());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private double learningRate(long number) {
    double rate = options.updating().learningRate().at(number);
    if (!(rate >= 0 && Double.isFinite(rate))) {
      throw new IllegalArgumentException(
          "learning rate must be finite and not negative, got " + rate + " at step " + number);
    }
    return rate;
  }

  private MetricSums requireFinite(MetricSums sums, long number) {
    double loss = sums.sums().get("loss");
    if (!Double.isFinite(loss)) {
      throw new NonFiniteLossException(number, (float) loss, progress.lastSaved());
    }
    return sums;
  }
}
