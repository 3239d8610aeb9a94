package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.init.initializer.Seeds;

/** The loop: one {@link FitPlan}, carried out by the parts of a trainer. */
final class Fitting {
  private final TrainerOptions options;
  private final Steps steps;
  private final Updater updater;
  private final Loading loading;
  private final Evaluation evaluation;
  private final TrainingState state;
  private final Progress progress;
  private final FitPlan plan;
  private final ImmutableList.Builder<EpochResult> results = ImmutableList.builder();

  Fitting(
      TrainerOptions options,
      Steps steps,
      Updater updater,
      Loading loading,
      Evaluation evaluation,
      TrainingState state,
      Progress progress,
      FitPlan plan) {
    this.options = options;
    this.steps = steps;
    this.updater = updater;
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
        updater.next(loader, batches.size());
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

  /* Evaluates, tells callbacks, has them probe; returns whether a rule ends the training. */
  private boolean evaluateAndAsk(boolean first, boolean last) {
    EpochResult result;
    try {
      result = evaluation.sinceLastResult(plan.validation(), progress.position());
      progress.tell(result.metrics());
      steps.tell(result);
    } catch (RuntimeException | Error e) {
      probeAllTheSame(first, last, e);
      throw e;
    }
    results.add(result);
    steps.own(Phase.PROBE, progress.position(), first, last);
    boolean stops = steps.stops(result);
    if (plan.stop().stop(result) || stops) {
      progress.stop();
    }
    return progress.stopped();
  }

  /* Callbacks that wait for the step behind their update could neither be saved nor go on. */
  private void probeAllTheSame(boolean first, boolean last, Throwable why) {
    if (progress.position().step() > 0) { // before training, it comes with the next call
      try {
        steps.own(Phase.PROBE, progress.position(), first, last);
      } catch (RuntimeException e) {
        why.addSuppressed(e);
      }
    }
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
}
