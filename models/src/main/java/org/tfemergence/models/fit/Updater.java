package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.function.Supplier;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.models.objective.MetricSums;

/**
 * Makes one update after another, each of one or more batches. What fails before the weights begin
 * to change leaves all variables as they were.
 */
final class Updater {
  private final TrainerOptions options;
  private final Steps steps;
  private final Progress progress;
  private final Supplier<ImmutableList<String>> nonFinite;

  /**
   * Brings the parts together.
   *
   * @param nonFinite finds the names of weights that are not finite
   */
  Updater(
      TrainerOptions options,
      Steps steps,
      Progress progress,
      Supplier<ImmutableList<String>> nonFinite) {
    this.options = options;
    this.steps = steps;
    this.progress = progress;
    this.nonFinite = nonFinite;
  }

  /**
   * Makes the next update.
   *
   * @param loader hands out its batches
   * @param batches the number of batches of the epoch
   */
  void next(Loader loader, int batches) {
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
    One update = new One(position, count);
    try {
      long draw = position.step() * options.batching().accumulation();
      for (int i = 1; i < count; i++) {
        update.take(loader, ++draw);
      }
      try (Feed feed = loader.next()) {
        steps.update(feed, ++draw, rate, step, update);
      }
    } catch (RuntimeException | Error e) {
      update.takeBack(e);
      throw e;
    }
    progress.done();
  }

  private double learningRate(long number) {
    double rate = options.updating().learningRate().at(number);
    if (!(rate >= 0 && Double.isFinite(rate))) {
      throw new IllegalArgumentException(
          "learning rate must be finite and not negative, got " + rate + " at step " + number);
    }
    return rate;
  }

  /** An update under way. */
  private final class One implements Steps.Progressing {
    private final Position from;
    private final int count;
    private MetricSums sums = MetricSums.NONE;
    private boolean taken;
    private boolean changing;

    One(Position from, int count) {
      this.from = from;
      this.count = count;
    }

    /* Takes in a batch before the last. */
    void take(Loader loader, long draw) {
      try (Feed feed = loader.next()) {
        if (!taken) {
          steps.begin();
          taken = true;
        }
        progress.begin();
        MetricSums of = steps.take(feed, draw);
        Optional<RuntimeException> wrong = notFinite(of);
        if (wrong.isPresent()) {
          throw wrong.get();
        }
        sums = sums.plus(of);
      }
    }

    @Override
    public void started() {
      progress.begin();
      changing = true;
    }

    @Override
    public void updated(MetricSums ofLast) {
      progress.moveTo(from.afterUpdate(count, sums.plus(ofLast)));
    }

    @Override
    public void refused() {
      changing = false;
    }

    @Override
    public Optional<RuntimeException> why(MetricSums ofLast, ImmutableList<String> variables) {
      Optional<RuntimeException> found = notFinite(ofLast);
      if (found.isEmpty() && !variables.isEmpty()) {
        found =
            Optional.of(new NonFiniteGradientException(number(), variables, progress.lastSaved()));
      }
      return found;
    }

    /* If no weight has changed, leaves everything as it was before the first batch. */
    void takeBack(Throwable why) {
      if (changing) {
        return;
      }
      try {
        leaveOut();
        progress.done();
      } catch (RuntimeException e) {
        why.addSuppressed(e);
      }
    }

    private void leaveOut() {
      if (taken) {
        steps.undo();
        taken = false;
      }
    }

    /* What was taken in is left out first: statistics of a bad batch are no finding. */
    private Optional<RuntimeException> notFinite(MetricSums of) {
      double loss = of.sums().get("loss");
      if (Double.isFinite(loss)) {
        return Optional.empty();
      }
      leaveOut();
      return Optional.of(
          new NonFiniteLossException(
              number(), (float) loss, nonFinite.get(), progress.lastSaved()));
    }

    private long number() {
      return from.step() + 1;
    }
  }
}
