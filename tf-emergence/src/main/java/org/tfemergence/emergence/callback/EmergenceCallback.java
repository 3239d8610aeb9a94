package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.graph.ActivityProbe;
import org.tfemergence.emergence.graph.LogEmergence;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Measures the emergence of a network while it trains, from activations that the loop computes
 * anyway: it costs no forward pass of its own.
 */
public final class EmergenceCallback implements TrainingCallback {
  private final Builder options;
  private final List<EmergenceReading> readings = new ArrayList<>();
  private Network network;
  private ActivityProbe probe;
  private Operand<TFloat64> log10OfFirst;
  private Operand<TFloat64> log10OfPass;

  private EmergenceCallback(Builder options) {
    this.options = options;
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
    private LayerEmergence measure = LayerEmergence.PUBLISHED;
    private ActivityRule rule = ActivityRule.DEFAULT;
    private Phase phase = Phase.EVALUATION;
    private long every = 1;
    private LongSupplier parameters;
    private Consumer<EmergenceReading> listener = reading -> {};

    private Builder() {}

    private Builder(Builder other) {
      measure = other.measure;
      rule = other.rule;
      phase = other.phase;
      every = other.every;
      parameters = other.parameters;
      listener = other.listener;
    }

    /**
     * Sets the definition of emergence; by default {@link LayerEmergence#PUBLISHED}.
     *
     * @param measure the definition
     * @return this
     */
    public Builder measure(LayerEmergence measure) {
      this.measure = measure;
      return this;
    }

    /**
     * Sets when a unit counts as active.
     *
     * @param rule the rule
     * @return this
     */
    public Builder rule(ActivityRule rule) {
      this.rule = rule;
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
      if (k < 1) {
        throw new IllegalArgumentException("k must be at least 1, got " + k);
      }
      phase = Phase.TRAINING;
      every = k;
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
    ImmutableList<Tap> taps = graph.taps(options.phase);
    requireTapPerLayer(taps);
    probe = ActivityProbe.build(graph.tf(), taps, options.rule);
    Granularity granularity = options.rule.granularity();
    log10OfFirst =
        LogEmergence.build(graph.tf(), network, options.measure, granularity, probe.restart());
    log10OfPass =
        LogEmergence.build(graph.tf(), network, options.measure, granularity, probe.accumulate());
  }

  @Override
  public StepRequest request(Step step) {
    if (step.phase() != options.phase || step.number() % options.every != 0) {
      return StepRequest.NOTHING;
    }
    return startsSample(step)
        ? StepRequest.of(probe.restart(), log10OfFirst)
        : StepRequest.of(probe.accumulate(), log10OfPass);
  }

  @Override
  public void completed(StepResult result) {
    if (result.values().isEmpty() || !endsSample(result.step())) {
      return;
    }
    ActivityCounts counts = probe.read((TFloat64) result.values().get(0));
    long parameters =
        options.parameters == null ? network.parameters() : options.parameters.getAsLong();
    EmergenceReading reading =
        new EmergenceReading(
            result.step().number(),
            result.step().epoch(),
            counts,
            options.measure.measure(network, counts),
            ((TFloat64) result.values().get(1)).getDouble(),
            parameters);
    readings.add(reading);
    options.listener.accept(reading);
  }

  /**
   * Returns what was measured so far.
   *
   * @return the history, a snapshot
   */
  public EmergenceHistory history() {
    return new EmergenceHistory(
        options.measure.name(), options.rule, ImmutableList.copyOf(readings));
  }

  /* In training each measured batch is a sample of its own, in evaluation each pass. */
  private boolean startsSample(Step step) {
    return options.phase == Phase.TRAINING || step.first();
  }

  private boolean endsSample(Step step) {
    return options.phase == Phase.TRAINING || step.last();
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
              + options.phase);
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
