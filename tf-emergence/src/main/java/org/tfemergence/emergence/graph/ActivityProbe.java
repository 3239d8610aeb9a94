package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ActivityRule.Reducer;
import org.tfemergence.emergence.activity.LayerActivity;

/**
 * Counts the active units of tapped layers on the device, over one batch or many.
 *
 * <p>A pass over data begins with a run that fetches {@link #restart()}; every further batch of the
 * pass fetches {@link #accumulate()}. Both return the counts so far, a vector of a few numbers: the
 * sums that lie behind them stay on the device, in variables of one value per unit that are neither
 * trained nor saved.
 *
 * <p>All operations are added by {@link #build} and none later. Where activations were put on a
 * device, what reduces them goes to the same one.
 */
public final class ActivityProbe {
  /* The vector: active units per layer, non-finite units per layer, the number of examples. */
  private final ImmutableList<Tap> taps;
  private final Operand<TFloat64> restart;
  private final Operand<TFloat64> accumulate;

  private ActivityProbe(
      ImmutableList<Tap> taps, Operand<TFloat64> restart, Operand<TFloat64> accumulate) {
    this.taps = taps;
    this.restart = restart;
    this.accumulate = accumulate;
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
    if (taps.isEmpty()) {
      throw new IllegalArgumentException("a probe must have at least one tap");
    }
    Set<String> names = new HashSet<>();
    List<Layer> layers = new ArrayList<>();
    Ops scope = tf.withSubScope("activity");
    for (Tap tap : taps) {
      if (!names.add(tap.layer())) {
        throw new IllegalArgumentException("layer '" + tap.layer() + "' is tapped twice");
      }
      layers.add(Layer.build(scope, tap, rule));
    }
    return new ActivityProbe(
        ImmutableList.copyOf(taps),
        verdict(scope, layers, Layer::restart, rule),
        verdict(scope, layers, Layer::accumulate, rule));
  }

  /**
   * Returns the counts over the batch of this run alone, with which a new pass begins.
   *
   * @return a vector for {@link #read}
   */
  public Operand<TFloat64> restart() {
    return restart;
  }

  /**
   * Returns the counts over the batch of this run and those of the pass before it.
   *
   * @return a vector for {@link #read}
   */
  public Operand<TFloat64> accumulate() {
    return accumulate;
  }

  /**
   * Copies fetched counts to Java.
   *
   * @param fetched the value of {@link #restart()} or {@link #accumulate()}
   * @return the counts, layers in the order of the taps
   */
  public ActivityCounts read(TFloat64 fetched) {
    double[] values = new double[2 * taps.size() + 1];
    fetched.asRawTensor().data().asDoubles().read(values);
    ImmutableList.Builder<LayerActivity> layers = ImmutableList.builder();
    for (int i = 0; i < taps.size(); i++) {
      layers.add(
          new LayerActivity(
              taps.get(i).layer(),
              taps.get(i).units(),
              (long) values[i],
              (long) values[taps.size() + i]));
    }
    return new ActivityCounts(layers.build(), (long) values[2 * taps.size()]);
  }

  /** The sums of one layer, beside its activations, and the two ways to add a batch to them. */
  private record Layer(Ops tf, VarHandleOp units, VarHandleOp examples, Op restart, Op accumulate) {
    static Layer build(Ops scope, Tap tap, ActivityRule rule) {
      Ops tf = Placement.beside(scope, tap.activations());
      VarHandleOp units = variable(tf, tap.unitShape());
      VarHandleOp examples = variable(tf, Shape.scalar());
      Operand<TFloat32> batch = reduceBatch(tf, tap.activations(), rule.reducer());
      Operand<TFloat32> batchExamples =
          tf.dtypes.cast(
              tf.gather(tf.shape(tap.activations()), tf.constant(0), tf.constant(0)),
              TFloat32.class);
      Operand<TFloat32> before = tf.readVariableOp(units, TFloat32.class);
      Op add =
          rule.reducer() == Reducer.MEAN
              ? tf.assignAddVariableOp(units, batch)
              : tf.assignVariableOp(units, tf.math.maximum(before, batch));
      return new Layer(
          tf,
          units,
          examples,
          both(tf, tf.assignVariableOp(units, batch), tf.assignVariableOp(examples, batchExamples)),
          both(tf, add, tf.assignAddVariableOp(examples, batchExamples)));
    }

    private static Op both(Ops tf, Op one, Op other) {
      return tf.withControlDependencies(one, other).noOp();
    }
  }

  /* [batch, units...] -> [units...]; a sum is not finite when one of its values is not, and to a
   * maximum such a value is made visible as infinity. */
  private static Operand<TFloat32> reduceBatch(
      Ops tf, Operand<TFloat32> activations, Reducer reducer) {
    if (reducer == Reducer.MEAN) {
      return tf.reduceSum(activations, tf.constant(0));
    }
    Operand<TFloat32> infinity = tf.constant(Float.POSITIVE_INFINITY);
    return tf.reduceMax(
        tf.select(tf.math.isFinite(activations), activations, infinity), tf.constant(0));
  }

  /*
   * Compared in float64 as the counter does: in float32 the threshold itself would be rounded.
   */
  private static Operand<TFloat64> verdict(
      Ops scope, List<Layer> layers, Function<Layer, Op> added, ActivityRule rule) {
    List<Operand<TFloat64>> active = new ArrayList<>();
    List<Operand<TFloat64>> nonFinite = new ArrayList<>();
    List<Operand<TFloat64>> examples = new ArrayList<>();
    for (Layer layer : layers) {
      Ops tf = layer.tf().withControlDependencies(added.apply(layer));
      Operand<TFloat64> count =
          tf.dtypes.cast(tf.readVariableOp(layer.examples(), TFloat32.class), TFloat64.class);
      Operand<TFloat32> read = tf.readVariableOp(layer.units(), TFloat32.class);
      Operand<TFloat64> reduced = tf.dtypes.cast(read, TFloat64.class);
      Operand<TFloat64> value =
          rule.reducer() == Reducer.MEAN ? tf.math.div(reduced, count) : reduced;
      Operand<TBool> finite = tf.math.isFinite(read);
      Operand<TBool> above = tf.math.greater(value, tf.constant(rule.threshold()));
      active.add(countTrue(tf, tf.math.logicalAnd(finite, above)));
      nonFinite.add(countTrue(tf, tf.math.logicalNot(finite)));
      examples.add(count);
    }
    List<Operand<TFloat64>> all = new ArrayList<>(active);
    all.addAll(nonFinite);
    all.add(examples.get(0));
    return scope.stack(all);
  }

  private static Operand<TFloat64> countTrue(Ops tf, Operand<TBool> flags) {
    Operand<TFloat64> ones = tf.dtypes.cast(flags, TFloat64.class);
    return tf.reduceSum(tf.reshape(ones, tf.constant(new int[] {-1})), tf.constant(0));
  }

  private static VarHandleOp variable(Ops tf, Shape shape) {
    String name = tf.scope().makeOpName("sums");
    return tf.withName("handle").varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
  }
}
