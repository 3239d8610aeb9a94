package org.tfemergence.emergence.train;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
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
 */
public final class StepRun implements AutoCloseable {
  private final Step step;
  private final List<Asked> asked = new ArrayList<>();

  /** By callback, not by its equality: each gets its own results. */
  private record Asked(TrainingCallback callback, StepRequest request) {}

  private StepRun(Step step) {
    this.step = step;
  }

  /**
   * Asks callbacks what they want from a step.
   *
   * @param callbacks the callbacks, attached
   * @param step the coming step
   * @return their requests, to be closed after the step
   */
  public static StepRun ask(List<? extends TrainingCallback> callbacks, Step step) {
    StepRun run = new StepRun(step);
    try {
      for (TrainingCallback callback : callbacks) {
        run.asked.add(new Asked(callback, callback.request(step)));
      }
      return run;
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
  }

  /**
   * Adds the requests to a run; what several callbacks want is fetched once.
   *
   * @param runner the step's run; it must not fetch a callback's output itself
   * @return the runner
   */
  public Session.Runner addTo(Session.Runner runner) {
    asked.stream()
        .flatMap(one -> one.request().fetches().stream())
        .<Output<?>>map(Operand::asOutput)
        .distinct()
        .forEach(runner::fetch);
    asked.forEach(one -> one.request().feeds().forEach(runner::feed));
    return runner;
  }

  /**
   * Hands each callback its results.
   *
   * @param result the run's result, still open
   */
  public void deliver(Result result) {
    asked.forEach(
        one ->
            one.callback()
                .completed(
                    new StepResult(
                        step,
                        one.request().fetches().stream()
                            .map(wanted -> result.get(wanted.asOutput().name()).orElseThrow())
                            .collect(ImmutableList.toImmutableList()))));
  }

  /** Closes what the callbacks fed. */
  @Override
  public void close() {
    asked.forEach(one -> one.request().feeds().values().forEach(Tensor::close));
  }
}
