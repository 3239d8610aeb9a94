package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.DeadLayerAlarm;
import org.tfemergence.emergence.activity.DeadLayerWatch;
import org.tfemergence.emergence.activity.DeadUnits;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.UnitRecords;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Watches for units that are no longer active while a network trains, whatever its activation
 * functions, and raises an alarm when a layer has many of them or only such.
 */
public final class DeadUnitsCallback implements TrainingCallback {
  private final Builder options;
  private final DeadLayerWatch watch;
  private ImmutableList<Tap> taps = ImmutableList.of();
  private UnitRecords records;
  private ImmutableList<DeadUnits> layers = ImmutableList.of();
  private Optional<Consumer<ImmutableMap<String, ImmutableIntArray>>> report = Optional.empty();

  private DeadUnitsCallback(Builder options) {
    this.options = options;
    watch = new DeadLayerWatch(options.bound);
  }

  /**
   * Starts a callback that looks at each evaluation pass, where a unit is dead that no example of
   * the pass brings above zero.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Options of a callback; each has a default. */
  public static final class Builder {
    private String name = "dead_units";
    private ActivityRule rule = new ActivityRule(Reducer.max(), 0);
    private Sampling sampling = Sampling.EACH_EVALUATION;
    private long every = 1;
    private long window = 1;
    private double bound = DeadLayerWatch.DEFAULT_BOUND;
    private Consumer<DeadLayerAlarm> listener = alarm -> {};

    private Builder() {}

    private Builder(Builder other) {
      name = other.name;
      rule = other.rule;
      sampling = other.sampling;
      every = other.every;
      window = other.window;
      bound = other.bound;
      listener = other.listener;
    }

    /**
     * Sets the name under which checkpoints keep what was told, {@code dead_units} by default;
     * needed where a training has two callbacks.
     *
     * @param name the name
     * @return this
     */
    public Builder name(String name) {
      this.name = name;
      return this;
    }

    /**
     * Sets when a unit counts as active; by default when its greatest value is above 0, which is
     * right for rectifiers. For functions that go below zero, take magnitudes and a threshold.
     *
     * @param rule the rule
     * @return this
     */
    public Builder rule(ActivityRule rule) {
      this.rule = rule;
      return this;
    }

    /**
     * Looks at the batch of every k-th training step instead of at evaluation passes.
     *
     * @param k the distance between two steps it looks at, at least 1
     * @return this
     * @throws IllegalArgumentException if {@code k < 1}
     */
    public Builder everyTrainingSteps(long k) {
      sampling = Sampling.trainingBatches(Every.steps(k));
      every = k;
      return this;
    }

    /**
     * Sets how long a unit must not have been active to be dead; by default 1.
     *
     * @param window the number of training steps, of which every k-th is looked at, or of
     *     evaluation passes; at least 1
     * @return this
     * @throws IllegalArgumentException if {@code window < 1}
     */
    public Builder window(long window) {
      if (window < 1) {
        throw new IllegalArgumentException("window must be at least 1, got " + window);
      }
      this.window = window;
      return this;
    }

    /**
     * Sets the share of dead units from which a layer gives alarm; by default {@link
     * DeadLayerWatch#DEFAULT_BOUND}.
     *
     * @param bound the share, in (0, 1]
     * @return this
     * @throws IllegalArgumentException if the bound is not in (0, 1]
     */
    public Builder bound(double bound) {
      this.bound = new DeadLayerWatch(bound).bound();
      return this;
    }

    /**
     * Sets what hears of alarms: once when a layer reaches the bound, and once when all its units
     * are dead; anew only after its share fell below half the bound.
     *
     * @param listener the listener
     * @return this
     */
    public Builder listener(Consumer<DeadLayerAlarm> listener) {
      this.listener = listener;
      return this;
    }

    /**
     * Makes the callback.
     *
     * @return a callback for one training graph
     */
    public DeadUnitsCallback build() {
      return new DeadUnitsCallback(new Builder(this));
    }

    /* Rounded up, so that a unit is not called dead too early. */
    private long observations() {
      return (window - 1) / every + 1;
    }
  }

  @Override
  public void attach(TrainingGraph graph) {
    Phase phase = options.sampling.phase();
    taps = graph.taps(phase);
    if (taps.isEmpty()) {
      throw new IllegalArgumentException("the graph taps no layer in " + phase);
    }
    records = UnitRecords.build(graph.tf(), taps, options.rule, options.observations());
  }

  @Override
  public StepRequest request(Step step) {
    Sampling sampling = options.sampling;
    if (!sampling.includes(step)) {
      return StepRequest.NOTHING;
    }
    if (!sampling.ends(step)) {
      return StepRequest.of(sampling.starts(step) ? records.begin() : records.more());
    }
    UnitRecords.Observation ended = sampling.starts(step) ? records.whole() : records.end();
    ImmutableList.Builder<Operand<?>> fetches = ImmutableList.builder();
    fetches.add(ended.dead());
    if (report.isPresent()) {
      fetches.addAll(ended.idle());
    }
    return new StepRequest(fetches.build(), ImmutableMap.of());
  }

  @Override
  public void completed(StepResult result) {
    if (result.values().isEmpty() || !options.sampling.ends(result.step())) {
      return;
    }
    layers = records.read((TFloat64) result.values().get(0));
    watch.observe(result.step().number(), layers).forEach(options.listener);
    // Who asked after the request was made waits for the next observation.
    if (result.values().size() > 1) {
      Consumer<ImmutableMap<String, ImmutableIntArray>> asked = report.orElseThrow();
      report = Optional.empty();
      asked.accept(indices(result));
    }
  }

  @Override
  public ImmutableList<Weight> state() {
    return records.state();
  }

  @Override
  public String name() {
    return options.name;
  }

  /**
   * {@inheritDoc}
   *
   * <p>That is of which layers alarm was given. How long units have been idle is in {@link #state}.
   */
  @Override
  public ByteString hostState() {
    return new AlarmState(watch.bound(), watch.told()).bytes();
  }

  @Override
  public void restoreHostState(ByteString state) {
    AlarmState saved;
    try {
      saved = AlarmState.of(state);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("callback '" + name() + "': " + e.getMessage(), e);
    }
    if (saved.bound() != watch.bound()) {
      throw new IllegalArgumentException(
          "callback '"
              + name()
              + "' tells of a share of "
              + watch.bound()
              + ", got what was told of a share of "
              + saved.bound());
    }
    List<String> tapped = taps.stream().map(Tap::layer).toList();
    if (!tapped.containsAll(saved.told().keySet())) {
      throw new IllegalArgumentException(
          "callback '"
              + name()
              + "' watches the layers "
              + tapped
              + ", got what was told of "
              + saved.told().keySet());
    }
    watch.resume(saved.told());
  }

  /**
   * Returns how many units of each layer are dead.
   *
   * @return as the last observation found it, layers in the network's order; empty before the first
   */
  public ImmutableList<DeadUnits> layers() {
    return layers;
  }

  /**
   * Asks, once, which units are dead: with the next observation, as much as one value per unit is
   * copied from the device.
   *
   * @param report hears per layer the indices of its dead units, row-major and ascending
   */
  public void ask(Consumer<ImmutableMap<String, ImmutableIntArray>> report) {
    this.report = Optional.of(report);
  }

  private ImmutableMap<String, ImmutableIntArray> indices(StepResult result) {
    ImmutableMap.Builder<String, ImmutableIntArray> all = ImmutableMap.builder();
    for (int i = 0; i < taps.size(); i++) {
      TFloat32 fetched = (TFloat32) result.values().get(i + 1);
      float[] idle = new float[Math.toIntExact(fetched.size())];
      fetched.asRawTensor().data().asFloats().read(idle);
      ImmutableIntArray.Builder dead = ImmutableIntArray.builder();
      for (int unit = 0; unit < idle.length; unit++) {
        if (idle[unit] >= options.observations()) {
          dead.add(unit);
        }
      }
      all.put(taps.get(i).layer(), dead.build());
    }
    return all.buildOrThrow();
  }
}
