package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

/**
 * Counts the active units of each example by itself on the device, and takes the mean of the
 * examples' E, over one batch or many. What crosses to Java are counts of pairs of a unit and an
 * example, and the logarithm of the mean.
 *
 * <p>All operations are added by {@link #build} and none later. What is as large as activations is
 * reduced beside them; what is kept between batches are as many numbers as cross to Java.
 */
public final class ExampleProbe implements CountsProbe {
  /*
   * The vector: active pairs per layer, pairs per layer, non-finite pairs per layer, the number of
   * examples. Beside it, ln of the sum of E.
   */
  private final ImmutableList<Tap> taps;
  private final Ops tf;
  private final VarHandleOp counts;
  private final VarHandleOp logSum;
  private final Op restarted;
  private final Op accumulated;
  private final Readout<ActivityCounts> restart;
  private final Readout<ActivityCounts> accumulate;

  private ExampleProbe(List<Tap> taps, Granularity granularity, Ops tf, Batch batch) {
    this.taps = ImmutableList.copyOf(taps);
    this.tf = tf;
    counts = Kept.variable(tf, "counts", Shape.of(3L * taps.size() + 1), TFloat64.class);
    logSum = Kept.variable(tf, "log_sum", Shape.scalar(), TFloat64.class);
    restarted =
        tf.withControlDependencies(
                List.of(
                    tf.assignVariableOp(counts, batch.counts()),
                    tf.assignVariableOp(logSum, batch.logSum())))
            .noOp();
    Operand<TFloat64> before = tf.readVariableOp(logSum, TFloat64.class);
    Operand<TFloat64> joined = LogSum.of(tf, tf.stack(List.of(before, batch.logSum())));
    accumulated =
        tf.withControlDependencies(
                List.of(
                    tf.assignAddVariableOp(counts, batch.counts()),
                    tf.assignVariableOp(logSum, joined)))
            .noOp();
    restart =
        Readout.of(counts(restarted), values -> CountsVector.read(values, this.taps, granularity));
    accumulate =
        Readout.of(
            counts(accumulated), values -> CountsVector.read(values, this.taps, granularity));
  }

  /** What a batch adds. */
  private record Batch(Operand<TFloat64> counts, Operand<TFloat64> logSum) {}

  /**
   * Adds the probe's operations to a graph.
   *
   * @param tf where to add them
   * @param taps the network's layers that count, each once, in the network's order
   * @param rule when a unit is active in an example
   * @param network the network
   * @param measure the definition of an example's E
   * @return the probe
   * @throws IllegalArgumentException if the taps are not of the network's layers
   */
  public static ExampleProbe build(
      Ops tf, List<Tap> taps, ExampleRule rule, Network network, LayerEmergence measure) {
    requireTapPerLayer(taps, network);
    Ops scope = tf.withSubScope("examples");
    List<LayerExamples> layers =
        taps.stream().map(tap -> LayerExamples.build(scope, tap, rule)).toList();
    Operand<TFloat64> logs = // [batch]
        LogEmergence.natural(
            scope,
            network,
            measure,
            scope.stack(
                Stream.concat(
                        layers.stream().map(LayerExamples::active),
                        layers.stream().map(LayerExamples::units))
                    .toList()));
    Optional<Operand<TBool>> real = real(scope, layers);
    if (real.isPresent()) {
      logs = scope.select(real.get(), logs, scope.constant(Double.NEGATIVE_INFINITY));
    }
    List<Operand<TFloat64>> sums = new ArrayList<>();
    layers.forEach(layer -> sums.add(sum(scope, layer.active())));
    layers.forEach(layer -> sums.add(sum(scope, layer.units())));
    layers.forEach(layer -> sums.add(sum(scope, layer.nonFinite())));
    sums.add(
        real.map(flags -> sum(scope, Float64.of(scope, flags)))
            .orElseGet(() -> Float64.of(scope, layers.get(0).batch())));
    return new ExampleProbe(
        taps, rule.granularity(), scope, new Batch(scope.stack(sums), LogSum.of(scope, logs)));
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
   * Adds log10 of the mean of E over the examples of this run alone. A run that fetches it fetches
   * {@link #restart()} too.
   *
   * @return a scalar; negative infinity when E is zero in all
   */
  public Operand<TFloat64> log10AfterRestart() {
    return log10(restarted);
  }

  /**
   * Adds log10 of the mean of E over the examples of this run and those of the pass before it. A
   * run that fetches it fetches {@link #accumulate()} too.
   *
   * @return a scalar; negative infinity when E is zero in all
   */
  public Operand<TFloat64> log10AfterAccumulate() {
    return log10(accumulated);
  }

  private Operand<TFloat64> counts(Op added) {
    return tf.withControlDependencies(added).readVariableOp(counts, TFloat64.class);
  }

  private Operand<TFloat64> log10(Op added) {
    Ops after = tf.withControlDependencies(added);
    Operand<TFloat64> examples =
        after.gather(counts(added), after.constant(3 * taps.size()), after.constant(0));
    Operand<TFloat64> mean =
        after.math.sub(after.readVariableOp(logSum, TFloat64.class), after.math.log(examples));
    return after.math.mul(mean, after.constant(1 / Math.log(10)));
  }

  /* Which examples are real in any layer; all are where a layer has no padding. */
  private static Optional<Operand<TBool>> real(Ops tf, List<LayerExamples> layers) {
    if (layers.stream().anyMatch(layer -> layer.real().isEmpty())) {
      return Optional.empty();
    }
    return layers.stream()
        .map(layer -> layer.real().get())
        .reduce((a, b) -> tf.math.logicalOr(a, b));
  }

  private static Operand<TFloat64> sum(Ops tf, Operand<TFloat64> perExample) {
    return tf.reduceSum(perExample, tf.constant(0));
  }

  private static void requireTapPerLayer(List<Tap> taps, Network network) {
    List<String> tapped = taps.stream().map(Tap::layer).toList();
    List<String> layers = network.layers().stream().map(Layer::name).toList();
    if (!tapped.equals(layers)) {
      throw new IllegalArgumentException(
          "taps must be of the network's layers " + layers + ", got " + tapped);
    }
  }
}
