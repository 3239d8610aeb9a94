package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.EmergenceMeasure;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.report.HistoryProto;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Measures the emergence of a network while it trains: from activations that the loop computes
 * anyway, without a forward pass of its own, or on a probe batch.
 *
 * <p>Exact connectivity of a training step's activations is swept in the step of {@link
 * Phase#PROBE} behind it, over the weights after the update; in all other phases in the step
 * itself.
 */
public final class EmergenceCallback implements TrainingCallback {
  private final Builder options;
  private final List<EmergenceReading> readings = new ArrayList<>();
  private Network network;
  private EmergenceMeasure measure;
  private ImmutableMap<String, Operand<?>> inputs;
  private Meter meter;
  private Optional<Sample> waiting = Optional.empty();

  /** A sample whose E is not known yet. */
  private record Sample(Step step, ActivityCounts counts, long parameters) {}

  private EmergenceCallback(Builder options) {
    this.options = options;
    measure = options.measure;
  }

  /**
   * Starts a callback that measures over each evaluation pass, with {@link ActivityRule#DEFAULT}.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Options of a callback; each has a default. */
  public static final class Builder {
    private String name = "emergence";
    private EmergenceMeasure measure;
    private VerdictRule rule = ActivityRule.DEFAULT;
    private Sampling sampling = Sampling.EACH_EVALUATION;
    private TapPoint tapPoint = TapPoint.ACTIVATION;
    private LongSupplier parameters;
    private Consumer<EmergenceReading> listener = reading -> {};

    private Builder() {}

    private Builder(Builder other) {
      name = other.name;
      measure = other.measure;
      rule = other.rule;
      sampling = other.sampling;
      tapPoint = other.tapPoint;
      parameters = other.parameters;
      listener = other.listener;
    }

    /**
     * Sets the name under which checkpoints keep the history, {@code emergence} by default; needed
     * where a training has two callbacks.
     *
     * @param name the name
     * @return this
     */
    public Builder name(String name) {
      this.name = name;
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
    public Builder measure(EmergenceMeasure measure) {
      this.measure = measure;
      return this;
    }

    /**
     * Sets when a unit counts as active, over all examples of a sample or in each by itself; then E
     * is the mean over the examples.
     *
     * @param rule the rule
     * @return this
     */
    public Builder rule(VerdictRule rule) {
      this.rule = rule;
      return this;
    }

    /**
     * Sets on which examples to measure, and how often; by default over each evaluation pass.
     *
     * @param sampling the choice
     * @return this
     */
    public Builder sampling(Sampling sampling) {
      this.sampling = sampling;
      return this;
    }

    /**
     * Measures on the batch of every k-th training step instead of over evaluation passes.
     *
     * @param k the distance between two measured steps, at least 1
     * @return this
     * @throws IllegalArgumentException if {@code k < 1}
     */
    public Builder everyTrainingSteps(long k) {
      return sampling(Sampling.trainingBatches(Every.steps(k)));
    }

    /**
     * Sets where along a layer its values are read; by default behind everything.
     *
     * @param tapPoint the point
     * @return this
     */
    public Builder tapPoint(TapPoint tapPoint) {
      this.tapPoint = tapPoint;
      return this;
    }

    /**
     * Sets what tells the number of trainable parameters that are not masked, by which E is divided
     * to give E~. By default all of the network's.
     *
     * @param parameters asked at every measurement, when the step is done; at least 1
     * @return this
     */
    public Builder parameters(LongSupplier parameters) {
      this.parameters = parameters;
      return this;
    }

    /**
     * Sets what hears of each reading as it is made.
     *
     * @param listener the listener
     * @return this
     */
    public Builder listener(Consumer<EmergenceReading> listener) {
      this.listener = listener;
      return this;
    }

    /**
     * Makes the callback.
     *
     * @return a callback for one training graph
     */
    public EmergenceCallback build() {
      return new EmergenceCallback(new Builder(this));
    }
  }

  @Override
  public void attach(TrainingGraph graph) {
    network = graph.network();
    inputs = graph.inputs();
    if (measure == null) {
      measure =
          options.rule instanceof ActivityRule && options.rule.granularity() == Granularity.UNITS
              ? EmergenceMeasure.defaultFor(network)
              : LayerEmergence.defaultFor(network);
    }
    ImmutableList<Tap> taps =
        graph.taps(options.sampling.phase()).stream()
            .map(tap -> tap.at(options.tapPoint))
            .collect(ImmutableList.toImmutableList());
    requireTapPerLayer(taps);
    options.sampling.batch().ifPresent(batch -> feeds(batch).values().forEach(Tensor::close));
    meter = Meter.build(graph, taps, options.rule, measure, options.sampling.phase());
  }

  @Override
  public StepRequest request(Step step) {
    if (waiting.isPresent()) {
      if (step.phase() == Phase.PROBE) {
        return StepRequest.of(meter.log10().after().orElseThrow());
      }
      if (step.phase() == Phase.TRAINING) {
        throw new IllegalStateException(
            "exact connectivity needs a step of PROBE after each update, got none after step "
                + waiting.get().step().number());
      }
    }
    if (!options.sampling.includes(step)) {
      return StepRequest.NOTHING;
    }
    boolean starts = options.sampling.starts(step);
    ImmutableList.Builder<Operand<?>> fetches = ImmutableList.builder();
    fetches.add(starts ? meter.counts().restart() : meter.counts().accumulate());
    if (options.sampling.ends(step)) {
      (starts ? meter.log10().ofFirst() : meter.log10().ofPass()).ifPresent(fetches::add);
    }
    return new StepRequest(
        fetches.build(), options.sampling.batch().map(this::feeds).orElse(ImmutableMap.of()));
  }

  @Override
  public void completed(StepResult result) {
    if (result.values().isEmpty()) {
      return;
    }
    if (waiting.isPresent()) {
      Sample sample = waiting.get();
      waiting = Optional.empty();
      read(sample, (TFloat64) result.values().get(0));
    } else if (options.sampling.ends(result.step())) {
      Sample sample =
          new Sample(
              result.step(),
              meter.counts().read((TFloat64) result.values().get(0)),
              options.parameters == null ? network.parameters() : options.parameters.getAsLong());
      if (result.values().size() == 1) {
        waiting = Optional.of(sample);
      } else {
        read(sample, (TFloat64) result.values().get(1));
      }
    }
  }

  @Override
  public String name() {
    return options.name;
  }

  /**
   * {@inheritDoc}
   *
   * <p>That is the history.
   */
  @Override
  public ByteString hostState() {
    return HistoryProto.bytes(history());
  }

  @Override
  public void restoreHostState(ByteString state) {
    EmergenceHistory saved = HistoryProto.of(state);
    EmergenceHistory own = history();
    if (!saved.measure().equals(own.measure()) || !saved.rule().equals(own.rule())) {
      throw new IllegalArgumentException(
          "callback '"
              + name()
              + "' measures "
              + own.measure()
              + ", "
              + own.rule()
              + "; got a history of "
              + saved.measure()
              + ", "
              + saved.rule());
    }
    readings.clear();
    readings.addAll(saved.readings());
    waiting = Optional.empty();
  }

  /**
   * Returns what was measured so far.
   *
   * @return the history, a snapshot
   * @throws IllegalStateException before this callback is attached, when no measure was asked for:
   *     the network decides
   */
  public EmergenceHistory history() {
    if (measure == null) {
      throw new IllegalStateException("not attached to a graph yet");
    }
    return new EmergenceHistory(measure.name(), options.rule, ImmutableList.copyOf(readings));
  }

  private void read(Sample sample, TFloat64 log10OfSample) {
    Optional<Emergence> exactly =
        measure instanceof LayerEmergence layers && options.rule instanceof ActivityRule
            ? Optional.of(layers.measure(network, sample.counts()))
            : Optional.empty();
    EmergenceReading reading =
        new EmergenceReading(
            sample.step().number(),
            sample.step().epoch(),
            sample.counts(),
            exactly,
            log10OfSample.getDouble(),
            sample.parameters());
    readings.add(reading);
    options.listener.accept(reading);
  }

  private ImmutableMap<Operand<?>, Tensor> feeds(ProbeBatch batch) {
    ImmutableMap<String, Tensor> opened = batch.open();
    if (!inputs.keySet().equals(opened.keySet())) {
      opened.values().forEach(Tensor::close);
      throw new IllegalArgumentException(
          "a probe batch must feed the inputs "
              + inputs.keySet()
              + " of the graph, got "
              + opened.keySet());
    }
    ImmutableMap.Builder<Operand<?>, Tensor> feeds = ImmutableMap.builder();
    opened.forEach((input, tensor) -> feeds.put(inputs.get(input), tensor));
    return feeds.buildOrThrow();
  }

  private void requireTapPerLayer(ImmutableList<Tap> taps) {
    ImmutableList<Layer> layers = network.layers();
    if (taps.size() != layers.size()) {
      throw new IllegalArgumentException(
          "the network has "
              + layers.size()
              + " layers, the graph taps "
              + taps.size()
              + " in "
              + options.sampling.phase());
    }
    for (int i = 0; i < layers.size(); i++) {
      Tap tap = taps.get(i);
      requireSame(i, layers.get(i), tap, Granularity.UNITS);
      requireSame(i, layers.get(i), tap, options.rule.granularity());
    }
  }

  private static void requireSame(int i, Layer layer, Tap tap, Granularity granularity) {
    if (!tap.layer().equals(layer.name()) || tap.units(granularity) != granularity.units(layer)) {
      throw new IllegalArgumentException(
          "layer "
              + i
              + ": the network has '"
              + layer.name()
              + "' of "
              + granularity.units(layer)
              + " "
              + granularity.name().toLowerCase(Locale.ROOT)
              + ", the tap is of '"
              + tap.layer()
              + "' with "
              + tap.units(granularity));
    }
  }
}
