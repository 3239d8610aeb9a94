package org.tfemergence.emergence.callback;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.measure.EmergenceMeasure;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.report.EventSink;
import org.tfemergence.emergence.report.ReadingSink;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.TrainingGraph;

/** Options of an {@link EmergenceCallback}; each has a default. */
public final class EmergenceCallbackBuilder {
  String name = "emergence";
  Optional<EmergenceMeasure> measure = Optional.empty();
  VerdictRule rule = ActivityRule.DEFAULT;
  Sampling sampling = Sampling.EACH_EVALUATION;
  TapPoint tapPoint = TapPoint.ACTIVATION;
  Optional<LongSupplier> parameters = Optional.empty();
  Consumer<EmergenceReading> listener = reading -> {};
  Optional<ReadingSink> sink = Optional.empty();

  EmergenceCallbackBuilder() {}

  private EmergenceCallbackBuilder(EmergenceCallbackBuilder other) {
    name = other.name;
    measure = other.measure;
    rule = other.rule;
    sampling = other.sampling;
    tapPoint = other.tapPoint;
    parameters = other.parameters;
    listener = other.listener;
    sink = other.sink;
  }

  /**
   * Sets the name under which checkpoints keep the history, {@code emergence} by default; needed
   * where a training has two callbacks.
   *
   * @param name the name
   * @return this
   */
  public EmergenceCallbackBuilder name(String name) {
    this.name = Objects.requireNonNull(name, "name");
    return this;
  }

  /**
   * Sets the definition of emergence; by default {@link EmergenceMeasure#defaultFor} the network,
   * but {@link LayerEmergence#defaultFor} it where channels are counted, which have no single
   * connections, and where E is of each example by itself, for which connections are not swept.
   *
   * @param measure the definition
   * @return this
   */
  public EmergenceCallbackBuilder measure(EmergenceMeasure measure) {
    this.measure = Optional.of(Objects.requireNonNull(measure, "measure"));
    return this;
  }

  /**
   * Sets when a unit counts as active, over all examples of a sample or in each by itself; then E
   * is the mean over the examples.
   *
   * @param rule the rule
   * @return this
   */
  public EmergenceCallbackBuilder rule(VerdictRule rule) {
    this.rule = Objects.requireNonNull(rule, "rule");
    return this;
  }

  /**
   * Sets on which examples to measure, and how often; by default over each evaluation pass.
   *
   * @param sampling the choice
   * @return this
   */
  public EmergenceCallbackBuilder sampling(Sampling sampling) {
    this.sampling = Objects.requireNonNull(sampling, "sampling");
    return this;
  }

  /**
   * Measures on the batch of every k-th training step instead of over evaluation passes.
   *
   * @param k the distance between two measured steps, at least 1
   * @return this
   * @throws IllegalArgumentException if {@code k < 1}
   */
  public EmergenceCallbackBuilder everyTrainingSteps(long k) {
    return sampling(Sampling.trainingBatches(Every.steps(k)));
  }

  /**
   * Sets where along a layer its values are read; by default behind everything.
   *
   * @param tapPoint the point
   * @return this
   */
  public EmergenceCallbackBuilder tapPoint(TapPoint tapPoint) {
    this.tapPoint = Objects.requireNonNull(tapPoint, "tapPoint");
    return this;
  }

  /**
   * Sets what tells the number of trainable parameters that are not masked, by which E is divided
   * to give E~. By default the network's without those elements of its kernels that are exactly
   * zero, counted on the device where the graph names kernels ({@link TrainingGraph#withKernels})
   * and a sample finds them at rest: over evaluation passes, on a probe batch, and in the step of
   * {@link Phase#PROBE} behind a training batch whose E is over single connections. A first row of
   * zeros, such as that of padding in an embedding's table, is not masked while nothing else of the
   * matrix is zero. By counts on training batches, and where no kernel is named, it is all of the
   * network's.
   *
   * @param parameters asked at every measurement, when the step is done; at least 1
   * @return this
   */
  public EmergenceCallbackBuilder parameters(LongSupplier parameters) {
    this.parameters = Optional.of(Objects.requireNonNull(parameters, "parameters"));
    return this;
  }

  /**
   * Sets what hears of each reading as it is made.
   *
   * @param listener the listener
   * @return this
   */
  public EmergenceCallbackBuilder listener(Consumer<EmergenceReading> listener) {
    this.listener = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Sets where readings are written as they are made, and what they are of before the first: when
   * the callback is attached.
   *
   * @param sink such as an {@link EventSink}
   * @return this
   */
  public EmergenceCallbackBuilder sink(ReadingSink sink) {
    this.sink = Optional.of(Objects.requireNonNull(sink, "sink"));
    return this;
  }

  /**
   * Makes the callback.
   *
   * @return a callback for one training graph
   */
  public EmergenceCallback build() {
    return new EmergenceCallback(new EmergenceCallbackBuilder(this));
  }
}
