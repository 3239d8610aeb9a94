package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tfemergence.emergence.graph.Readout;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRun;
import org.tfemergence.emergence.train.StopRule;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.models.objective.MetricSums;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.FiniteGate;

/** Runs the parts of a {@link TrainingProgram}, one batch at a time. Knows nothing of epochs. */
final class Steps {
  private final Session session;
  private final TrainingProgram program;
  private final List<TrainingCallback> callbacks;

  Steps(TrainingSession training, List<TrainingCallback> callbacks) {
    session = training.session;
    program = training.program;
    this.callbacks = callbacks;
  }

  /** Has what is taken in from here be such as can be {@link #undo undone}. */
  void begin() {
    run(program.updating.taking().orElseThrow().begin());
  }

  /** Leaves out what was taken in since. */
  void undo() {
    run(program.updating.taking().orElseThrow().undo());
  }

  /**
   * Takes in a batch that is not the last of its update. Callbacks have no part in it.
   *
   * @param draw the number of the batch, that random operations draw by
   */
  MetricSums take(Feed feed, long draw) {
    try (TInt64 number = TInt64.scalarOf(draw);
        Counts counts = new Counts();
        Result result =
            fetch(
                    fed(feed, number, counts)
                        .addTarget(program.updating.taking().orElseThrow().take()),
                    program.training)
                .run()) {
      return sums(result, program.training);
    }
  }

  /**
   * Runs the last, or only, batch of an update.
   *
   * @param progress told when callbacks have been asked, and of the sums before callbacks are
   */
  void update(Feed feed, long draw, double rate, Step step, Progressing progress) {
    try (StepRun extra = StepRun.ask(callbacks, step);
        TFloat32 learningRate = TFloat32.scalarOf((float) rate);
        TInt64 number = TInt64.scalarOf(draw);
        Counts counts = new Counts()) {
      Session.Runner runner =
          extra.addTo(
              fetch(
                  fed(feed, number, counts)
                      .feed(program.learningRate, learningRate)
                      .addTarget(program.updating.update()),
                  program.training));
      progress.started();
      try (Result result = run(runner, progress, () -> found(feed, number, counts, progress))) {
        progress.updated(sums(result, program.training));
        extra.deliver(result);
      }
    }
    program.averages.ifPresent(averages -> run(averages.advance()));
  }

  /** What is to be known of an update as it happens. */
  interface Progressing {
    /** Nothing has been refused: from now on variables change. */
    void started();

    /** The variables have changed. */
    void updated(MetricSums sums);

    /** The update was refused, and no variable has changed. */
    void refused();

    /**
     * Says why.
     *
     * @param sums those of the batch
     * @param variables whose gradients are not finite
     * @return what to throw; empty if nothing was found that is not finite
     */
    Optional<RuntimeException> why(MetricSums sums, ImmutableList<String> variables);
  }

  /* If the update is refused, finds out why in a run that changes nothing. */
  private static Result run(
      Session.Runner runner, Progressing progress, Supplier<Optional<RuntimeException>> why) {
    try {
      return runner.run();
    } catch (RuntimeException e) {
      if (FiniteGate.refused(e)) {
        progress.refused();
        Optional<RuntimeException> found = why.get();
        if (found.isPresent()) {
          found.get().initCause(e);
          throw found.get();
        }
      }
      throw e;
    }
  }

  /* In one run: a part of it alone may be computed otherwise, and bring NaN to nothing. */
  private Optional<RuntimeException> found(
      Feed feed, TInt64 number, Counts counts, Progressing progress) {
    Readout<ImmutableList<String>> nonFinite = program.updating.nonFinite();
    Session.Runner again = fed(feed, number, counts).fetch(nonFinite);
    try (Result result = fetch(again, program.training).run()) {
      return progress.why(sums(result, program.training), nonFinite.read(result));
    }
  }

  /** Runs the inference pass for its own sake: callbacks have no part in it. */
  MetricSums evaluate(Feed feed) {
    Session.Runner runner = session.runner();
    feed(runner, program.towers.get(0), feed.shares().get(0));
    try (Result result = fetch(runner, program.evaluation).run()) {
      return sums(result, program.evaluation);
    }
  }

  /** Runs the inference pass as a step of the training. */
  MetricSums evaluate(Feed feed, Step step) {
    Session.Runner runner = session.runner();
    feed(runner, program.towers.get(0), feed.shares().get(0));
    try (StepRun extra = StepRun.ask(callbacks, step);
        Result result = extra.addTo(fetch(runner, program.evaluation)).run()) {
      MetricSums sums = sums(result, program.evaluation);
      extra.deliver(result);
      return sums;
    }
  }

  /** Runs a step of the callbacks' own; tells whether any of them asked for something. */
  boolean own(Phase phase, Position position, boolean first, boolean last) {
    Step step = new Step(phase, position.step(), position.epochAtHand(), first, last);
    try (StepRun extra = StepRun.ask(callbacks, step)) {
      return extra.runEach(session);
    }
  }

  /** Tells callbacks of a result. */
  void tell(EpochResult result) {
    result.tell(callbacks);
  }

  /** Asks those of the callbacks that are rules, all of them, whether to stop. */
  boolean stops(EpochResult result) {
    boolean stops = false;
    for (TrainingCallback callback : callbacks) {
      if (callback instanceof StopRule rule) {
        stops |= rule.stop(result);
      }
    }
    return stops;
  }

  /** Exchanges weights and their averages, if there are any. */
  void swap() {
    program.averages.ifPresent(averages -> run(averages.swap()));
  }

  private void run(Op target) {
    session.runner().addTarget(target).run().close();
  }

  /** The two values that a share may count. */
  private static final class Counts implements AutoCloseable {
    private final TFloat32 nothing = TFloat32.scalarOf(0f);
    private final TFloat32 one = TFloat32.scalarOf(1f);

    TFloat32 of(Feed.Share share) {
      return share.counts() ? one : nothing;
    }

    @Override
    public void close() {
      nothing.close();
      one.close();
    }
  }

  private Session.Runner fed(Feed feed, TInt64 draw, Counts counts) {
    Session.Runner runner = session.runner();
    for (int i = 0; i < program.towers.size(); i++) {
      Tower tower = program.towers.get(i);
      Feed.Share share = feed.shares().get(i);
      feed(runner, tower, share);
      runner.feed(tower.draw(), draw).feed(tower.counts(), counts.of(share));
    }
    return runner;
  }

  private static void feed(Session.Runner runner, Tower tower, Feed.Share share) {
    for (int i = 0; i < tower.inputs().size(); i++) {
      runner.feed(tower.inputs().get(i), share.inputs().get(i).tensor());
    }
    runner.feed(tower.labels(), share.labels().tensor());
  }

  private static Session.Runner fetch(Session.Runner runner, Objective.Totals totals) {
    Map<String, Output<?>> wanted = new LinkedHashMap<>(); // a sum may be there under two names
    wanted.put(name(totals.loss()), totals.loss().asOutput());
    wanted.put(name(totals.count()), totals.count().asOutput());
    totals.sums().values().forEach(sum -> wanted.put(name(sum), sum.asOutput()));
    wanted.values().forEach(runner::fetch);
    return runner;
  }

  private static MetricSums sums(Result result, Objective.Totals totals) {
    ImmutableMap.Builder<String, Double> sums = ImmutableMap.builder();
    totals.sums().forEach((name, sum) -> sums.put(name, scalar(result, sum)));
    return new MetricSums(scalar(result, totals.count()), sums.buildOrThrow());
  }

  private static double scalar(Result result, Operand<TFloat32> operand) {
    return ((TFloat32) result.get(name(operand)).orElseThrow()).getFloat();
  }

  private static String name(Operand<?> operand) {
    return operand.asOutput().name();
  }
}
