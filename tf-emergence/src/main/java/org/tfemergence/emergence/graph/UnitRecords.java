package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.DeadUnits;

/**
 * Keeps on the device, for each unit of tapped layers, how many observations ago it was last
 * active, and counts those that have not been for a while.
 *
 * <p>An observation begins with a run that fetches {@link #restart()}; every further batch of it
 * fetches {@link #accumulate()}. Its last batch fetches {@link #observationAfterAccumulate()}
 * instead or, where it is the only one, {@link #observationAfterRestart()}: with these it ends, and
 * enters the records. One that has no example changes nothing; for a unit, neither does one in
 * which it was padding throughout, and before it ever was real it is none. A unit with values that
 * are not finite is not active.
 *
 * <p>All operations are added by {@link #build} and none later; what is kept lies beside the
 * activations and is neither trained nor part of the model.
 */
public final class UnitRecords {
  /*
   * The number of observations since, not the number of the last: it needs no feed, and in float32,
   * the type of a checkpoint's variables, it stands still at 2^24 where a number of steps would
   * begin to skip. No window is longer. Minus one is a unit that was never real.
   */

  /** The longest window, in observations. */
  public static final long LONGEST_WINDOW = 1L << 24;

  private final ImmutableList<Weight> idle;
  private final Operand<TFloat64> restart;
  private final Operand<TFloat64> accumulate;
  private final Observation observationAfterRestart;
  private final Observation observationAfterAccumulate;

  private UnitRecords(ImmutableList<Tap> taps, Ops scope, List<LayerRecord> layers) {
    idle = layers.stream().map(LayerRecord::idle).collect(ImmutableList.toImmutableList());
    restart = examples(scope, layers, LayerSums::restart);
    accumulate = examples(scope, layers, LayerSums::accumulate);
    observationAfterRestart = observation(scope, taps, layers, LayerSums::restart);
    observationAfterAccumulate = observation(scope, taps, layers, LayerSums::accumulate);
  }

  /**
   * What an observation gives when it ends.
   *
   * @param dead how many units of each layer are dead, and how many there are, in the order of the
   *     taps
   * @param idle of each layer, in the order of the taps, how many observations ago each unit was
   *     last active, this one not counted, or -1 if it was always padding; in the layer's shape, or
   *     [channels] where channels are counted. Of the size of the layer: to be fetched now and then
   *     only
   */
  public record Observation(
      Readout<ImmutableList<DeadUnits>> dead, ImmutableList<Operand<TFloat32>> idle) {}

  /** How many units of a layer are dead, and how many there are. */
  private record Counts(Operand<TFloat64> dead, Operand<TFloat64> units) {}

  /** One layer's sums, and the variable of its units' records. */
  private record LayerRecord(LayerSums sums, Weight idle, float window) {
    /** Adds what closes an observation; the records as they are then. */
    Operand<TFloat32> close(Function<LayerSums, Op> added) {
      Ops tf = sums.tf();
      LayerSums.Verdicts verdicts = sums.verdicts(added.apply(sums));
      Operand<TFloat32> before = idle.read(tf);
      Operand<TFloat32> longer =
          tf.math.add(tf.math.maximum(before, tf.constant(0f)), tf.constant(1f));
      return tf.select(
          verdicts.active(), tf.constant(0f), tf.select(verdicts.real(), longer, before));
    }

    /** Adds what keeps the records and counts the dead and all, scalars. */
    Counts keep(Operand<TFloat32> records) {
      Ops tf = sums.tf().withControlDependencies(idle.assign(sums.tf(), records));
      return new Counts(
          LayerSums.countTrue(tf, tf.math.greaterEqual(records, tf.constant(window))),
          sums.seen().isPresent()
              ? LayerSums.countTrue(tf, tf.math.greaterEqual(records, tf.constant(0f)))
              : sums.units());
    }
  }

  /**
   * Adds the records and the operations on them to a graph. At first every unit counts as just
   * active, but where there is padding as none.
   *
   * @param tf where to add them
   * @param taps the layers to watch, at least one, each once
   * @param rule when a unit is active
   * @param window for how many observations on end a unit must be inactive to be dead, from 1 to
   *     {@link #LONGEST_WINDOW}
   * @return the records
   * @throws IllegalArgumentException if there is no tap, a layer is tapped twice, or the window is
   *     out of its range
   */
  public static UnitRecords build(Ops tf, List<Tap> taps, ActivityRule rule, long window) {
    Taps.requireEachOnce("records", taps);
    if (window < 1 || window > LONGEST_WINDOW) {
      throw new IllegalArgumentException(
          "window must be in [1, " + LONGEST_WINDOW + "], got " + window);
    }
    Ops scope = tf.withSubScope("unit_records");
    List<LayerRecord> layers = new ArrayList<>();
    for (Tap tap : taps) {
      LayerSums sums = LayerSums.build(scope, tap, rule);
      float first = tap.mask().isPresent() ? -1 : 0;
      layers.add(new LayerRecord(sums, idle(sums.tf(), sums.shape(), first), window));
    }
    return new UnitRecords(ImmutableList.copyOf(taps), scope, layers);
  }

  /**
   * Begins an observation with the batch of this run.
   *
   * @return the number of examples so far
   */
  public Operand<TFloat64> restart() {
    return restart;
  }

  /**
   * Adds the batch of this run to an observation.
   *
   * @return the number of examples so far
   */
  public Operand<TFloat64> accumulate() {
    return accumulate;
  }

  /**
   * Begins an observation with the batch of this run, and ends it.
   *
   * @return what this batch alone gives
   */
  public Observation observationAfterRestart() {
    return observationAfterRestart;
  }

  /**
   * Adds the batch of this run to an observation, and ends it.
   *
   * @return what the observation gives
   */
  public Observation observationAfterAccumulate() {
    return observationAfterAccumulate;
  }

  /**
   * Returns what is kept.
   *
   * @return a variable per layer, of one value per unit, as {@link Observation#idle} has them
   */
  public ImmutableList<Weight> state() {
    return idle;
  }

  private static ImmutableList<DeadUnits> dead(double[] values, List<Tap> taps) {
    ImmutableList.Builder<DeadUnits> layers = ImmutableList.builder();
    for (int i = 0; i < taps.size(); i++) {
      layers.add(
          new DeadUnits(taps.get(i).layer(), (long) values[i], (long) values[taps.size() + i]));
    }
    return layers.build();
  }

  private static Observation observation(
      Ops scope, List<Tap> taps, List<LayerRecord> layers, Function<LayerSums, Op> added) {
    ImmutableList.Builder<Operand<TFloat32>> records = ImmutableList.builder();
    List<Operand<TFloat64>> counts = new ArrayList<>();
    List<Operand<TFloat64>> units = new ArrayList<>();
    for (LayerRecord layer : layers) {
      Operand<TFloat32> closed = layer.close(added);
      Counts kept = layer.keep(closed);
      records.add(closed);
      counts.add(kept.dead());
      units.add(kept.units());
    }
    counts.addAll(units);
    return new Observation(
        Readout.of(scope.stack(counts), values -> dead(values, taps)), records.build());
  }

  private static Operand<TFloat64> examples(
      Ops scope, List<LayerRecord> layers, Function<LayerSums, Op> added) {
    List<Op> all = new ArrayList<>();
    layers.forEach(layer -> all.add(added.apply(layer.sums())));
    return scope
        .withControlDependencies(all)
        .readVariableOp(layers.get(0).sums().examples(), TFloat64.class);
  }

  private static Weight idle(Ops tf, Shape shape, float first) {
    VarHandleOp handle = Kept.variable(tf, "idle", shape, TFloat32.class);
    Ops init = tf.withInitScope();
    init.assignVariableOp(handle, init.fill(init.constant(shape.asArray()), init.constant(first)));
    return Weight.of(handle);
  }
}
