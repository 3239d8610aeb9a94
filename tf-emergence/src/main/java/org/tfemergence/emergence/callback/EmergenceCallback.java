package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.graph.Readout;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.EmergenceMeasure;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.report.LayerContribution;
import org.tfemergence.emergence.report.Measured;
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
  private final EmergenceCallbackBuilder options;
  private Network network;
  private EmergenceMeasure measure;
  private Sampler sampler;
  private Meter meter;
  private Optional<Operand<TFloat64>> masked = Optional.empty();
  private Optional<ReadingLog> log = Optional.empty();
  private Optional<Sample> waiting = Optional.empty();

  /** A sample whose E is not known yet. */
  private record Sample(Step step, ActivityCounts counts, long parameters) {}

  EmergenceCallback(EmergenceCallbackBuilder options) {
    this.options = options;
  }

  /**
   * Starts a callback that measures over each evaluation pass, with {@link ActivityRule#DEFAULT}.
   *
   * @return a builder
   */
  public static EmergenceCallbackBuilder builder() {
    return new EmergenceCallbackBuilder();
  }

  @Override
  public void attach(TrainingGraph graph) {
    Phase phase = options.sampling.phase();
    network = graph.network();
    measure = options.measure.orElseGet(() -> defaultMeasure(network));
    sampler = Sampler.at(graph, options.sampling, options.tapPoint);
    ImmutableList<Tap> taps = sampler.requireTapPerLayer(network, options.rule.granularity());
    meter = Meter.build(graph, taps, options.rule, measure, phase);
    boolean kernelsAtRest = phase != Phase.TRAINING || meter.log10() instanceof Log10.Behind;
    if (kernelsAtRest && options.parameters.isEmpty()) {
      masked = MaskedParameters.build(graph);
    }
    Measured measured =
        new Measured(
            measure.name(),
            options.rule,
            Optional.of(
                new Measured.Place(
                    options.sampling.toString(),
                    options.tapPoint,
                    network.layers().stream()
                        .map(Layer::name)
                        .collect(ImmutableList.toImmutableList()))));
    log = Optional.of(new ReadingLog(measured, taps));
    options.sink.ifPresent(sink -> sink.begin(measured));
  }

  @Override
  public StepRequest request(Step step) {
    if (waiting.isPresent()) {
      if (step.phase() == Phase.PROBE) {
        return new StepRequest(known(((Log10.Behind) meter.log10()).value()), ImmutableMap.of());
      }
      if (step.phase() == Phase.TRAINING || step.phase() == Phase.END) {
        throw new IllegalStateException(
            "exact connectivity needs a step of PROBE after each update, got none after step "
                + waiting.get().step().number());
      }
    }
    if (!sampler.includes(step)) {
      return StepRequest.NOTHING;
    }
    boolean starts = sampler.starts(step);
    ImmutableList.Builder<Operand<?>> fetches = ImmutableList.builder();
    fetches.add(counts(starts));
    if (sampler.ends(step)) {
      meter.log10().atEnd(starts).map(this::known).ifPresent(fetches::addAll);
    }
    return new StepRequest(fetches.build(), sampler.feeds());
  }

  @Override
  public void completed(StepResult result) {
    sampler.completed(result.step());
    if (result.values().isEmpty()) {
      return;
    }
    if (waiting.isPresent()) {
      Sample sample = waiting.get();
      waiting = Optional.empty();
      read(sample, result.values());
    } else if (sampler.ends(result.step())) {
      Sample sample =
          new Sample(
              result.step(),
              counts(sampler.starts(result.step())).read(result.values().get(0)),
              options.parameters.isPresent()
                  ? options.parameters.get().getAsLong()
                  : network.parameters());
      if (result.values().size() == 1) {
        waiting = Optional.of(sample);
      } else {
        read(sample, result.values().subList(1, result.values().size()));
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
   *
   * @throws IllegalStateException if a sample waits for the step of {@link Phase#PROBE} behind it
   */
  @Override
  public ByteString hostState() {
    if (waiting.isPresent()) {
      throw new IllegalStateException(
          "callback '"
              + name()
              + "': the sample of step "
              + waiting.get().step().number()
              + " waits for a step of PROBE; save behind it");
    }
    return log().bytes();
  }

  @Override
  public void restoreHostState(ByteString state) {
    try {
      log().restore(state);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("callback '" + name() + "': " + e.getMessage(), e);
    }
    waiting = Optional.empty();
    sampler.restart();
  }

  /**
   * Returns what was measured so far. A sample of a training step whose E is over single
   * connections is in it when the step of {@link Phase#PROBE} behind it is done. Steps never
   * descend in it: of a training that was put back to an earlier step, what was measured from the
   * next reading's step on gives way to it.
   *
   * @return the history, a snapshot
   * @throws IllegalStateException before this callback is attached: what is measured, and where,
   *     the graph decides
   */
  public EmergenceHistory history() {
    return log().history();
  }

  /**
   * Takes the E of a reading apart by layers: where its paths begin and end.
   *
   * @param reading a reading of this callback's history
   * @return one of each layer, in the network's order
   * @throws IllegalStateException before this callback is attached; or where counts do not tell,
   *     which is over single connections, of which {@code ExactEmergence.explain} does by units and
   *     weights, and where E is a mean over examples
   */
  public ImmutableList<LayerContribution> explain(EmergenceReading reading) {
    List<String> layers = log().measured().place().orElseThrow().layers();
    if (measure instanceof LayerEmergence counted && options.rule instanceof ActivityRule) {
      return LayerContribution.of(layers, counted.explain(network, reading.counts()));
    }
    throw new IllegalStateException(
        "counts do not tell how E by measure "
            + measure.name()
            + ", "
            + options.rule
            + " came about");
  }

  private Readout<ActivityCounts> counts(boolean starts) {
    return starts ? meter.counts().restart() : meter.counts().accumulate();
  }

  private ReadingLog log() {
    return log.orElseThrow(() -> new IllegalStateException("not attached to a graph yet"));
  }

  private EmergenceMeasure defaultMeasure(Network ofGraph) {
    return options.rule instanceof ActivityRule && options.rule.granularity() == Granularity.UNITS
        ? EmergenceMeasure.defaultFor(ofGraph)
        : LayerEmergence.defaultFor(ofGraph);
  }

  /* What makes a reading of a sample: log10 E and the number of masked parameters, if counted. */
  private ImmutableList<Operand<?>> known(Operand<TFloat64> log10) {
    return masked.isPresent() ? ImmutableList.of(log10, masked.get()) : ImmutableList.of(log10);
  }

  private void read(Sample sample, List<Tensor> known) {
    Optional<Emergence> exactly =
        measure instanceof LayerEmergence layers && options.rule instanceof ActivityRule
            ? Optional.of(layers.measure(network, sample.counts()))
            : Optional.empty();
    long left =
        known.size() == 1
            ? sample.parameters()
            // No network is without any: its E is zero all the same.
            : Math.max(1, sample.parameters() - (long) ((TFloat64) known.get(1)).getDouble());
    EmergenceReading reading =
        new EmergenceReading(
            sample.step().number(),
            sample.step().epoch(),
            sample.counts(),
            exactly,
            ((TFloat64) known.get(0)).getDouble(),
            left);
    log().add(reading);
    options.sink.ifPresent(sink -> sink.accept(reading));
    options.listener.accept(reading);
  }
}
