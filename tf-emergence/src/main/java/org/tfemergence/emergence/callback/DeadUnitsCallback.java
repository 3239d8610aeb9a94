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
import org.tfemergence.emergence.activity.DeadLayerWatch;
import org.tfemergence.emergence.activity.DeadLayerWatch.Told;
import org.tfemergence.emergence.activity.DeadUnits;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.UnitRecords;
import org.tfemergence.emergence.graph.Weight;
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
  private final DeadUnitsCallbackBuilder options;
  private final DeadLayerWatch watch;
  private Sampler sampler;
  private UnitRecords records;
  private ImmutableList<DeadUnits> layers = ImmutableList.of();
  private Optional<Consumer<ImmutableMap<String, ImmutableIntArray>>> report = Optional.empty();

  DeadUnitsCallback(DeadUnitsCallbackBuilder options) {
    this.options = options;
    watch = new DeadLayerWatch(options.bound);
  }

  /**
   * Starts a callback that looks at each evaluation pass, where a unit is dead that no example of
   * the pass brings above zero.
   *
   * @return a builder
   */
  public static DeadUnitsCallbackBuilder builder() {
    return new DeadUnitsCallbackBuilder();
  }

  @Override
  public void attach(TrainingGraph graph) {
    sampler = Sampler.at(graph, options.sampling, options.tapPoint);
    records =
        UnitRecords.build(graph.tf(), sampler.requireTaps(), options.rule, options.observations());
  }

  @Override
  public StepRequest request(Step step) {
    if (!sampler.includes(step)) {
      return StepRequest.NOTHING;
    }
    if (!sampler.ends(step)) {
      return StepRequest.of(sampler.starts(step) ? records.restart() : records.accumulate());
    }
    UnitRecords.Observation ended = ended(step);
    ImmutableList.Builder<Operand<?>> fetches = ImmutableList.builder();
    fetches.add(ended.dead());
    if (report.isPresent()) {
      fetches.addAll(ended.idle());
    }
    return new StepRequest(fetches.build(), sampler.feeds());
  }

  @Override
  public void completed(StepResult result) {
    sampler.completed(result.step());
    if (result.values().isEmpty() || !sampler.ends(result.step())) {
      return;
    }
    layers = ended(result.step()).dead().read(result.values().get(0));
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
    return state(watch.told()).bytes();
  }

  @Override
  public void restoreHostState(ByteString state) {
    if (sampler == null) {
      throw new IllegalStateException("not attached to a graph yet");
    }
    AlarmState saved;
    try {
      saved = AlarmState.of(state);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("callback '" + name() + "': " + e.getMessage(), e);
    }
    AlarmState own = state(saved.told());
    if (!saved.equals(own)) {
      throw new IllegalArgumentException(
          "callback '"
              + name()
              + "' watches "
              + own.words()
              + "; got what was told of "
              + saved.words());
    }
    List<String> tapped = sampler.taps().stream().map(Tap::layer).toList();
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
    sampler.restart();
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

  private UnitRecords.Observation ended(Step last) {
    return sampler.starts(last)
        ? records.observationAfterRestart()
        : records.observationAfterAccumulate();
  }

  private AlarmState state(ImmutableMap<String, Told> told) {
    return new AlarmState(watch.bound(), options.rule.toString(), options.observations(), told);
  }

  private ImmutableMap<String, ImmutableIntArray> indices(StepResult result) {
    ImmutableMap.Builder<String, ImmutableIntArray> all = ImmutableMap.builder();
    ImmutableList<Tap> taps = sampler.taps();
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
