package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;

/**
 * Counts the active units of tapped layers on the device, over one batch or many.
 *
 * <p>The sums that lie behind the counts stay on the device, in variables of one value per unit
 * that are neither trained nor saved. Where a tap has a mask, what is padding is left out: a unit's
 * examples are those in which its position is real, and a unit without any is none.
 *
 * <p>All operations are added by {@link #build} and none later. Where activations were put on a
 * device, what reduces them goes to the same one.
 */
public final class ActivityProbe implements CountsProbe {
  /*
   * The vector: active units per layer, units per layer, non-finite units per layer, the number of
   * examples.
   */
  private final ImmutableList<Tap> taps;
  private final ImmutableList<LayerSums> layers;
  private final Readout<ActivityCounts> restart;
  private final Readout<ActivityCounts> accumulate;

  private ActivityProbe(
      ImmutableList<Tap> taps,
      Granularity granularity,
      ImmutableList<LayerSums> layers,
      Operand<TFloat64> restart,
      Operand<TFloat64> accumulate) {
    this.taps = taps;
    this.layers = layers;
    this.restart = Readout.of(restart, values -> CountsVector.read(values, taps, granularity));
    this.accumulate =
        Readout.of(accumulate, values -> CountsVector.read(values, taps, granularity));
  }

  /**
   * Adds the probe's operations to a graph.
   *
   * @param tf where to add them
   * @param taps the layers to count, at least one, each once
   * @param rule when a unit is active
   * @return the probe
   * @throws IllegalArgumentException if there is no tap, or a layer is tapped twice
   */
  public static ActivityProbe build(Ops tf, List<Tap> taps, ActivityRule rule) {
    Taps.requireEachOnce("a probe", taps);
    List<LayerSums> layers = new ArrayList<>();
    Ops scope = tf.withSubScope("activity");
    for (Tap tap : taps) {
      layers.add(LayerSums.build(scope, tap, rule));
    }
    return new ActivityProbe(
        ImmutableList.copyOf(taps),
        rule.granularity(),
        ImmutableList.copyOf(layers),
        vector(scope, layers, LayerSums::restart),
        vector(scope, layers, LayerSums::accumulate));
  }

  @Override
  public Readout<ActivityCounts> restart() {
    return restart;
  }

  @Override
  public Readout<ActivityCounts> accumulate() {
    return accumulate;
  }

  /**
   * Adds what tells which units are active over the batch of this run alone. A run that fetches it
   * fetches {@link #restart()} too.
   *
   * @return by layers' names the flags of the units
   */
  public ImmutableMap<String, UnitFlags> activeAfterRestart() {
    return active(LayerSums::restart);
  }

  /**
   * Adds what tells which units are active over the batch of this run and those of the pass before
   * it. A run that fetches it fetches {@link #accumulate()} too.
   *
   * @return by layers' names the flags of the units
   */
  public ImmutableMap<String, UnitFlags> activeAfterAccumulate() {
    return active(LayerSums::accumulate);
  }

  /**
   * Adds what tells which units were active over the pass so far, for a run that adds no batch.
   *
   * @return by layers' names the flags of the units
   */
  public ImmutableMap<String, UnitFlags> activeSoFar() {
    return active(layer -> layer.tf().noOp());
  }

  private ImmutableMap<String, UnitFlags> active(Function<LayerSums, Op> added) {
    ImmutableMap.Builder<String, UnitFlags> active = ImmutableMap.builder();
    for (int i = 0; i < taps.size(); i++) {
      LayerSums layer = layers.get(i);
      LayerSums.Verdicts verdicts = layer.verdicts(added.apply(layer));
      active.put(
          taps.get(i).layer(),
          new UnitFlags(
              verdicts.active(), layer.seen().map(seen -> whole(layer, verdicts.real()))));
    }
    return active.buildOrThrow();
  }

  /* From a flag per position to one per unit. */
  private static Operand<TBool> whole(LayerSums layer, Operand<TBool> real) {
    return layer.tf().broadcastTo(real, layer.tf().constant(layer.shape().asArray()));
  }

  private static Operand<TFloat64> vector(
      Ops scope, List<LayerSums> layers, Function<LayerSums, Op> added) {
    List<LayerSums.Counts> counts =
        layers.stream().map(layer -> layer.counts(added.apply(layer))).toList();
    List<Operand<TFloat64>> all = new ArrayList<>();
    counts.forEach(layer -> all.add(layer.active()));
    counts.forEach(layer -> all.add(layer.units()));
    counts.forEach(layer -> all.add(layer.nonFinite()));
    all.add(counts.get(0).examples());
    return scope.stack(all);
  }
}
