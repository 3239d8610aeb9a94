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
 * <p>A sample is one batch, {@link #whole()}, or several: {@link #begin()} with the first, {@link
 * #more()} with each in between, {@link #end()} with the last. What is kept for a layer is {@link
 * FloatBuckets#CODES} counts and a few numbers, however large the layer and however many the
 * batches; no more than that crosses to Java.
 *
 * <p>All operations are added by {@link #build} and none later; they go to the device of the
 * activations.
 */
public final class ActivityHistograms {
  private final ImmutableList<String> layers;
  private final Operand<TFloat64> begin;
  private final Operand<TFloat64> more;
  private final Operand<TFloat64> whole;
  private final Operand<TFloat64> end;

  private ActivityHistograms(
      ImmutableList<String> layers,
      Operand<TFloat64> begin,
      Operand<TFloat64> more,
      Operand<TFloat64> whole,
      Operand<TFloat64> end) {
    this.layers = layers;
    this.begin = begin;
    this.more = more;
    this.whole = whole;
    this.end = end;
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
   * Begins a sample of several batches.
   *
   * @return the number of examples so far
   */
  public Operand<TFloat64> begin() {
    return begin;
  }

  /**
   * Goes on with a sample.
   *
   * @return the number of examples so far
   */
  public Operand<TFloat64> more() {
    return more;
  }

  /**
   * Samples one batch.
   *
   * @return its counts, for {@link #read}
   */
  public Operand<TFloat64> whole() {
    return whole;
  }

  /**
   * Goes on with a sample and ends it.
   *
   * @return the sample's counts, for {@link #read}
   */
  public Operand<TFloat64> end() {
    return end;
  }

  /**
   * Copies fetched counts to Java.
   *
   * @param fetched the value of {@link #whole()} or {@link #end()}
   * @return a histogram per layer, in the order of the taps
   */
  public ImmutableList<LayerHistogram> read(TFloat64 fetched) {
    double[] values = new double[layers.size() * LayerBuckets.SIZE];
    fetched.asRawTensor().data().asDoubles().read(values);
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
