package org.tfemergence.emergence.train;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/**
 * The callbacks' part in one step: gathers their requests into the step's run and deals the results
 * out again. With this, a loop of any kind honours the contract:
 *
 * <pre>{@code
 * try (StepRun extra = StepRun.ask(callbacks, step);
 *     Result result = extra.addTo(session.runner().feed(x, batch).addTarget(update)).run()) {
 *   extra.deliver(result);
 * }
 * }</pre>
 *
 * <p>A step of a phase without a batch of the loop's, {@link Phase#PROBE} and {@link Phase#END}, is
 *
 * <pre>{@code
 * try (StepRun own = StepRun.ask(callbacks, step)) {
 *   own.runEach(session);
 * }
 * }</pre>
 */
public final class StepRun implements AutoCloseable {
  private final Step step;
  private final List<Asked> asked = new ArrayList<>();
  private final Failures failures = new Failures();

  /** By callback, not by its equality: each gets its own results. */
  private record Asked(TrainingCallback callback, StepRequest request) {}

  private StepRun(Step step) {
    this.step = step;
  }

  /**
   * Asks callbacks what they want from a step. If one throws, so does this: the step is not to be
   * run. In a phase without a batch of the loop's {@link #runEach} throws it instead, when the
   * others have had their part.
   *
   * @param callbacks the callbacks, attached
   * @param step the coming step
   * @return their requests, to be closed after the step
   * @throws NullPointerException if a callback, or its request, is null
   */
  public static StepRun ask(List<? extends TrainingCallback> callbacks, Step step) {
    StepRun run = new StepRun(step);
    for (TrainingCallback callback : callbacks) {
      run.failures.during(() -> run.asked.add(new Asked(callback, requested(callback, step))));
    }
    if (step.phase().hasBatch() && run.failures.any()) {
      run.close();
      run.failures.rethrow();
    }
    return run;
  }

  private static StepRequest requested(TrainingCallback callback, Step step) {
    StepRequest request = callback.request(step);
    if (request == null) {
      throw new NullPointerException(
          "callback '" + callback.name() + "' must request something or StepRequest.NOTHING");
    }
    return request;
  }

  /**
   * Adds the requests to a run; what several callbacks want is fetched once.
   *
   * @param runner the step's run; it must not fetch a callback's output itself
   * @return the runner
   */
  public Session.Runner addTo(Session.Runner runner) {
    distinct(asked.stream().flatMap(one -> one.request().fetches().stream()))
        .forEach(runner::fetch);
    asked.forEach(one -> one.request().feeds().forEach(runner::feed));
    return runner;
  }

  /**
   * Hands each callback its results. One that throws keeps no other from its own; what it threw is
   * thrown when all have been told.
   *
   * @param result the run's result, still open
   */
  public void deliver(Result result) {
    asked.forEach(one -> failures.during(() -> deliver(one, result)));
    failures.rethrow();
  }

  /**
   * Runs each callback's request by itself, so that several may feed the same inputs, and hands it
   * its results. Nothing is run for a callback that asked for nothing. One that fails keeps no
   * other from its part; what it threw is thrown at the end.
   *
   * @param session the training's session
   * @return whether anything was run
   * @throws IllegalStateException if the step's phase has a batch of the loop's
   */
  public boolean runEach(Session session) {
    if (step.phase().hasBatch()) {
      throw new IllegalStateException("a step of " + step.phase() + " is run as one, by the loop");
    }
    asked.forEach(one -> failures.during(() -> run(one, session)));
    failures.rethrow();
    return asked.stream().anyMatch(one -> !one.request().fetches().isEmpty());
  }

  /** Closes what the callbacks fed. */
  @Override
  public void close() {
    asked.forEach(one -> one.request().feeds().values().forEach(Tensor::close));
  }

  private void run(Asked one, Session session) {
    if (one.request().fetches().isEmpty()) {
      one.callback().completed(new StepResult(step, ImmutableList.of()));
      return;
    }
    Session.Runner runner = session.runner();
    distinct(one.request().fetches().stream()).forEach(runner::fetch);
    one.request().feeds().forEach(runner::feed);
    try (Result result = runner.run()) {
      deliver(one, result);
    }
  }

  private void deliver(Asked one, Result result) {
    one.callback()
        .completed(
            new StepResult(
                step,
                one.request().fetches().stream()
                    .map(wanted -> result.get(wanted.asOutput().name()).orElseThrow())
                    .collect(ImmutableList.toImmutableList())));
  }

  private static Stream<Output<?>> distinct(Stream<Operand<?>> fetches) {
    return fetches.<Output<?>>map(Operand::asOutput).distinct();
  }
}
