package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.FloatBuckets;
import org.tfemergence.emergence.activity.LayerHistogram;

/**
 * Counts how the activations of tapped layers are distributed, on the device, over one batch or
 * many, padding left out.
 *
 * <p>A sample begins with a run that fetches {@link #restart()}; every further batch of it fetches
 * {@link #accumulate()}. Its last batch fetches {@link #countsAfterAccumulate()} instead or, where
 * it is the only one, {@link #countsAfterRestart()}. What is kept for a layer is {@link
 * FloatBuckets#CODES} counts and a few numbers, however large the layer and however many the
 * batches; no more than that crosses to Java.
 *
 * <p>All operations are added by {@link #build} and none later; they go to the device of the
 * activations.
 */
public final class ActivityHistograms {
  private final Operand<TFloat64> restart;
  private final Operand<TFloat64> accumulate;
  private final Readout<ImmutableList<LayerHistogram>> countsAfterRestart;
  private final Readout<ImmutableList<LayerHistogram>> countsAfterAccumulate;

  private ActivityHistograms(
      ImmutableList<String> layers,
      Operand<TFloat64> restart,
      Operand<TFloat64> accumulate,
      Operand<TFloat64> countsAfterRestart,
      Operand<TFloat64> countsAfterAccumulate) {
    this.restart = restart;
    this.accumulate = accumulate;
    this.countsAfterRestart = Readout.of(countsAfterRestart, values -> read(values, layers));
    this.countsAfterAccumulate = Readout.of(countsAfterAccumulate, values -> read(values, layers));
  }

  /**
   * Adds the operations to a graph.
   *
   * @param tf where to add them
   * @param taps the layers to count, at least one, each once, each of less than 2^24 units
   * @return the histograms
   * @throws IllegalArgumentException if there is no tap, a layer is tapped twice, or one has too
   *     many units
   */
  public static ActivityHistograms build(Ops tf, List<Tap> taps) {
    Taps.requireEachOnce("histograms", taps);
    Ops scope = tf.withSubScope("histograms");
    List<LayerBuckets> layers = new ArrayList<>();
    for (Tap tap : taps) {
      layers.add(LayerBuckets.build(scope, tap));
    }
    return new ActivityHistograms(
        taps.stream().map(Tap::layer).collect(ImmutableList.toImmutableList()),
        examples(scope, layers, LayerBuckets::restart),
        examples(scope, layers, LayerBuckets::accumulate),
        counts(scope, layers, LayerBuckets::restart),
        counts(scope, layers, LayerBuckets::accumulate));
  }

  /**
   * Begins a sample with the batch of this run.
   *
   * @return the number of examples so far
   */
  public Operand<TFloat64> restart() {
    return restart;
  }

  /**
   * Adds the batch of this run to a sample.
   *
   * @return the number of examples so far
   */
  public Operand<TFloat64> accumulate() {
    return accumulate;
  }

  /**
   * Begins a sample with the batch of this run, and counts it.
   *
   * @return a histogram per layer of this batch alone, in the order of the taps
   */
  public Readout<ImmutableList<LayerHistogram>> countsAfterRestart() {
    return countsAfterRestart;
  }

  /**
   * Adds the batch of this run to a sample, and counts it.
   *
   * @return a histogram per layer of the sample so far, in the order of the taps
   */
  public Readout<ImmutableList<LayerHistogram>> countsAfterAccumulate() {
    return countsAfterAccumulate;
  }

  private static ImmutableList<LayerHistogram> read(double[] values, List<String> layers) {
    ImmutableList.Builder<LayerHistogram> all = ImmutableList.builder();
    for (int i = 0; i < layers.size(); i++) {
      int from = i * LayerBuckets.SIZE;
      double[] codes = Arrays.copyOfRange(values, from, from + FloatBuckets.CODES);
      int numbers = from + FloatBuckets.CODES;
      all.add(
          FloatBuckets.histogram(
              layers.get(i),
              codes,
              values[numbers + LayerBuckets.MIN],
              -values[numbers + LayerBuckets.MINUS_MAX],
              values[numbers + LayerBuckets.SUM],
              values[numbers + LayerBuckets.SUM_OF_SQUARES]));
    }
    return all.build();
  }

  private static Operand<TFloat64> counts(
      Ops scope, List<LayerBuckets> layers, Function<LayerBuckets, Op> added) {
    List<Operand<TFloat64>> all = new ArrayList<>();
    layers.forEach(layer -> all.add(layer.read(added.apply(layer))));
    return scope.stack(all); // [layers, SIZE]
  }

  private static Operand<TFloat64> examples(
      Ops scope, List<LayerBuckets> layers, Function<LayerBuckets, Op> added) {
    List<Op> all = new ArrayList<>();
    layers.forEach(layer -> all.add(added.apply(layer)));
    return layers.get(0).examples(scope.withControlDependencies(all).noOp());
  }
}
