package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import java.util.Objects;
import java.util.function.Consumer;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.LayerHistogram;
import org.tfemergence.emergence.graph.ActivityHistograms;
import org.tfemergence.emergence.graph.Readout;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Tells how the activations of each layer are distributed while a network trains. Nothing is kept
 * but what is being counted: what is told is the listener's to keep or write.
 */
public final class ActivityHistogramCallback implements TrainingCallback {
  /** At which training steps it counts if nothing else is said: every tenth. */
  public static final long DEFAULT_STEPS = 10;

  private final Sampling sampling;
  private final TapPoint tapPoint;
  private final Consumer<ActivityHistogramReading> listener;
  private Sampler sampler;
  private ActivityHistograms histograms;

  private ActivityHistogramCallback(
      Sampling sampling, TapPoint tapPoint, Consumer<ActivityHistogramReading> listener) {
    this.sampling = Objects.requireNonNull(sampling, "sampling");
    this.tapPoint = Objects.requireNonNull(tapPoint, "tapPoint");
    this.listener = Objects.requireNonNull(listener, "listener");
  }

  /**
   * Makes a callback that counts on the examples it is told.
   *
   * @param sampling on which examples, and how often
   * @param listener hears of each sample when it is over
   * @return a callback for one training graph
   */
  public static ActivityHistogramCallback of(
      Sampling sampling, Consumer<ActivityHistogramReading> listener) {
    return new ActivityHistogramCallback(sampling, TapPoint.ACTIVATION, listener);
  }

  /**
   * Makes a callback that counts over each evaluation pass as a whole.
   *
   * @param listener hears of each pass when it is over
   * @return a callback for one training graph
   */
  public static ActivityHistogramCallback ofEvaluations(
      Consumer<ActivityHistogramReading> listener) {
    return of(Sampling.EACH_EVALUATION, listener);
  }

  /**
   * Makes a callback that counts on the batch of every {@link #DEFAULT_STEPS}th training step.
   *
   * @param listener hears of each of these batches
   * @return a callback for one training graph
   */
  public static ActivityHistogramCallback ofTraining(Consumer<ActivityHistogramReading> listener) {
    return everyTrainingSteps(DEFAULT_STEPS, listener);
  }

  /**
   * Makes a callback that counts on the batch of every k-th training step. Counting reads each
   * activation several times: on VGG-19 it adds 7% to the step, by the benchmarks.
   *
   * @param k the distance between two steps it counts on, at least 1
   * @param listener hears of each of these batches
   * @return a callback for one training graph
   * @throws IllegalArgumentException if {@code k < 1}
   */
  public static ActivityHistogramCallback everyTrainingSteps(
      long k, Consumer<ActivityHistogramReading> listener) {
    return of(Sampling.trainingBatches(Every.steps(k)), listener);
  }

  /**
   * Returns this callback, unattached, with another point to read layers at.
   *
   * @param point the point; by default behind everything
   * @return the callback
   */
  public ActivityHistogramCallback withTapPoint(TapPoint point) {
    return new ActivityHistogramCallback(sampling, point, listener);
  }

  @Override
  public void attach(TrainingGraph graph) {
    sampler = Sampler.at(graph, sampling, tapPoint);
    histograms = ActivityHistograms.build(graph.tf(), sampler.requireTaps());
  }

  @Override
  public StepRequest request(Step step) {
    if (!sampler.includes(step)) {
      return StepRequest.NOTHING;
    }
    boolean starts = sampler.starts(step);
    Operand<TFloat64> counts =
        sampler.ends(step)
            ? counts(step)
            : (starts ? histograms.restart() : histograms.accumulate());
    return new StepRequest(ImmutableList.of(counts), sampler.feeds());
  }

  @Override
  public void completed(StepResult result) {
    sampler.completed(result.step());
    if (result.values().isEmpty() || !sampler.ends(result.step())) {
      return;
    }
    listener.accept(
        new ActivityHistogramReading(
            result.step().number(),
            result.step().epoch(),
            counts(result.step()).read(result.values().get(0))));
  }

  private Readout<ImmutableList<LayerHistogram>> counts(Step last) {
    return sampler.starts(last)
        ? histograms.countsAfterRestart()
        : histograms.countsAfterAccumulate();
  }

  /**
   * {@inheritDoc}
   *
   * <p>There is none: only what came before is no longer counted as this training's.
   */
  @Override
  public void restoreHostState(ByteString state) {
    TrainingCallback.super.restoreHostState(state);
    sampler.restart();
  }
}
