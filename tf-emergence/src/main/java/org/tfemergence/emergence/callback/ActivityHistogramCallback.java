package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import java.util.function.Consumer;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.graph.ActivityHistograms;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.train.Phase;
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
  private final Consumer<ActivityHistogramReading> listener;
  private ActivityHistograms histograms;

  private ActivityHistogramCallback(
      Sampling sampling, Consumer<ActivityHistogramReading> listener) {
    this.sampling = sampling;
    this.listener = listener;
  }

  /**
   * Makes a callback that counts over each evaluation pass as a whole.
   *
   * @param listener hears of each pass when it is over
   * @return a callback for one training graph
   */
  public static ActivityHistogramCallback ofEvaluations(
      Consumer<ActivityHistogramReading> listener) {
    return new ActivityHistogramCallback(Sampling.EACH_EVALUATION, listener);
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
    return new ActivityHistogramCallback(Sampling.trainingBatches(Every.steps(k)), listener);
  }

  @Override
  public void attach(TrainingGraph graph) {
    Phase phase = sampling.phase();
    ImmutableList<Tap> taps = graph.taps(phase);
    if (taps.isEmpty()) {
      throw new IllegalArgumentException("the graph taps no layer in " + phase);
    }
    histograms = ActivityHistograms.build(graph.tf(), taps);
  }

  @Override
  public StepRequest request(Step step) {
    if (!sampling.includes(step)) {
      return StepRequest.NOTHING;
    }
    if (sampling.ends(step)) {
      return StepRequest.of(sampling.starts(step) ? histograms.whole() : histograms.end());
    }
    return StepRequest.of(sampling.starts(step) ? histograms.begin() : histograms.more());
  }

  @Override
  public void completed(StepResult result) {
    if (result.values().isEmpty() || !sampling.ends(result.step())) {
      return;
    }
    listener.accept(
        new ActivityHistogramReading(
            result.step().number(),
            result.step().epoch(),
            histograms.read((TFloat64) result.values().get(0))));
  }
}
