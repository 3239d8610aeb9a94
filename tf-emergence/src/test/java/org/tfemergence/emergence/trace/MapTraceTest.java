package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tfemergence.emergence.trace.Perturbations.check;
import static org.tfemergence.emergence.trace.Perturbations.checkLayered;
import static org.tfemergence.emergence.trace.Perturbations.requireRefused;
import static org.tfemergence.emergence.trace.TraceChecks.activations;
import static org.tfemergence.emergence.trace.TraceChecks.input;
import static org.tfemergence.emergence.trace.TraceChecks.ones;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.trace;
import static org.tfemergence.emergence.trace.TraceChecks.wiring;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.op.image.ResizeNearestNeighbor;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.measure.EmergenceMeasure;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.testing.GraphRun;

/** Pooling, joins and concatenations of maps: each is wired as perturbations see it, or refused. */
final class MapTraceTest {
  private static final String ITSELF = "it combines a layer with itself";

  /* The mean of a window of four, of which one unit is 1, times four is 1. */
  @Test
  void trace_pooling_isWhatPerturbationsSee() {
    check(
        (tf, x) ->
            tf.math.mul(
                tf.nn.avgPool(x, List.of(1L, 2L, 2L, 1L), List.of(1L, 1L, 2L, 1L), "VALID"),
                tf.constant(4f)));
    check((tf, x) -> tf.nn.maxPool(x, tf.array(1, 2, 3, 1), tf.array(1, 2, 1, 1), "SAME"));
  }

  @Test
  void trace_reductionOverPlaces_isWhatPerturbationsSee() {
    check((tf, x) -> tf.reduceMax(x, tf.array(1, 2), ReduceMax.keepDims(true)));
    check((tf, x) -> tf.reduceSum(x, tf.array(1, 2), ReduceSum.keepDims(true)));
  }

  /* So that a unit that grows makes what it reaches grow, some are negated on either side. */
  @Test
  void trace_joins_areWhatPerturbationsSee() {
    check((tf, x) -> tf.math.sub(left(tf, x), tf.math.neg(right(tf, x))));
    check((tf, x) -> tf.math.maximum(left(tf, x), right(tf, x)));
    check(
        (tf, x) ->
            tf.math.neg(tf.math.minimum(tf.math.neg(left(tf, x)), tf.math.neg(right(tf, x)))));
  }

  @Test
  void trace_rowsOneBehindTheOther_areWhatPerturbationsSee() {
    check((tf, x) -> tf.concat(List.of(x, rows(tf, x)), tf.constant(1)));
    check((tf, x) -> tf.concat(List.of(x, x), tf.constant(1)));
  }

  /* Off the diagonal each unit reaches two places, which one edge cannot say. */
  @Test
  void trace_layerAndItsTranspose_isRefused() {
    requireRefused(
        ITSELF,
        (tf, x) -> {
          Operand<TFloat32> square = tf.slice(x, tf.array(0, 0, 1, 0), tf.array(-1, 3, 3, -1));
          Operand<TFloat32> turned = tf.linalg.transpose(square, tf.array(0, 2, 1, 3));
          return tf.withName("odd").math.add(square, turned);
        });
  }

  /* Differences of adjacent rows. */
  @Test
  void trace_layerPaddedInTwoWays_isRefused() {
    requireRefused(
        ITSELF, (tf, x) -> tf.withName("odd").math.sub(padded(tf, x, 1, 0), padded(tf, x, 0, 1)));
  }

  /* As squeeze and excitation has it, added: a value for each channel, of another layer. */
  @Test
  void trace_layersThatAreBroadcast_areWhatPerturbationsSee() {
    check((tf, x) -> tf.math.add(x, squeezed(tf, x)));
    check((tf, x) -> tf.math.add(tf.slice(x, tf.array(0, 0, 2, 0), tf.array(-1, -1, 1, -1)), x));
    check((tf, x) -> tf.math.add(x, tf.slice(x, tf.array(0, 1, 0, 0), tf.array(-1, 1, -1, -1))));
    check((tf, x) -> tf.math.add(x, tf.slice(x, tf.array(0, 0, 0, 4), tf.array(-1, -1, -1, 1))));
    check((tf, x) -> tf.math.add(x, tf.slice(x, tf.array(0, 2, 1, 3), tf.array(-1, 1, 1, 1))));
    check(
        (tf, x) ->
            tf.broadcastTo(
                tf.slice(x, tf.array(0, 0, 3, 0), tf.array(-1, -1, 1, -1)),
                tf.array(Perturbations.UNITS, 3, 4, 6)));
  }

  /* The product is wired as the sum is, and the gate leads to all places of its channel. */
  @Test
  void trace_gateOfEachChannel_isAJoin() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> map =
          tf.nn.conv2d(
              input(run, "x", 3, 5, 1),
              ones(run, "map/kernel", 1, 1, 1, 4),
              List.of(1L, 1L, 1L, 1L),
              "SAME");
      Operand<TFloat32> gate =
          tf.math.sigmoid(
              tf.linalg.matMul(tf.math.mean(map, tf.array(1, 2)), ones(run, "gate/kernel", 4, 4)));
      tf.withName("out").math.mul(map, tf.reshape(gate, tf.array(-1, 1, 1, 4)));

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network()))
          .containsExactlyInAnyOrder("map [3, 5, 4] 4", "gate [4] 16");
      assertThat(activations(traced, "gate")).isEqualTo(gate.asOutput());
      assertThat(wiring(traced.network(), "map", "out")).isEqualTo(new OneToOne(0));
      assertThat(wiring(traced.network(), "out/repeat", "out")).isEqualTo(new OneToOne(0));
      assertThat(wiring(traced.network(), "gate/view", "out/repeat"))
          .isEqualTo(new Pooling(Window.copies(15)));
      assertThat(EmergenceMeasure.defaultFor(traced.network())).isEqualTo(ExactEmergence.ANY_UNIT);
    }
  }

  @Test
  void trace_tilesAndEnlargedMaps_areWhatPerturbationsSee() {
    check((tf, x) -> tf.tile(x, tf.array(1, 2, 1, 3)));
    check((tf, x) -> tf.tile(x, tf.array(1, 1, 2, 1)));
    check( // as Keras enlarges maps
        (tf, x) ->
            tf.reshape(
                tf.tile(tf.expandDims(x, tf.constant(3)), tf.array(1, 1, 1, 2, 1)),
                tf.array(-1, 3, 10, 6)));
    for (boolean half : new boolean[] {true, false}) {
      check(
          (tf, x) ->
              tf.image.resizeNearestNeighbor(
                  x, tf.array(6, 20), ResizeNearestNeighbor.halfPixelCenters(half)));
    }
    requireRefused(
        "does not repeat each of 5",
        (tf, x) -> tf.withName("odd").image.resizeNearestNeighbor(x, tf.array(6, 12)));
    requireRefused(
        "it repeats the batch", (tf, x) -> tf.withName("odd").tile(x, tf.array(2, 1, 1, 1)));
  }

  @Test
  void trace_stacksAlongAnyAxis_areWhatPerturbationsSee() {
    check((tf, x) -> stacked(tf, x, 1, 6, 5, 6));
    check((tf, x) -> stacked(tf, x, 2, 6, 5, 6));
    check((tf, x) -> stacked(tf, x, 3, 3, 10, 6));
    check((tf, x) -> stacked(tf, x, -1, 3, 5, 12));
    check((tf, x) -> tf.concat(List.of(x, left(tf, x)), tf.constant(3)));
    check(
        (tf, x) ->
            tf.concat(
                List.of(x, tf.slice(x, tf.array(0, 0, 1, 0), tf.array(-1, -1, 2, -1))),
                tf.constant(2)));
    requireRefused(
        "Reshape 'again' takes what is computed by it",
        (tf, x) ->
            tf.withName("again")
                .reshape(
                    tf.withName("odd").stack(List.of(x, x), Stack.axis(0L)),
                    tf.array(-1, 3, 5, 6)));
  }

  /* As Keras distributes a layer over time: steps first, one after the other, stacked. */
  @Test
  void trace_stepsInFrontOfTheBatch_areWhatPerturbationsSee() {
    check(
        (tf, x) -> {
          Operand<TInt32> swap = tf.array(1, 0, 2, 3);
          Operand<TFloat32> rows = tf.linalg.transpose(x, swap);
          Operand<TFloat32> stacked =
              tf.stack(List.of(row(tf, rows, 0), row(tf, rows, -1), row(tf, rows, 0)));
          return tf.linalg.transpose(stacked, swap);
        });
  }

  private static Operand<TFloat32> row(Ops tf, Operand<TFloat32> rows, int index) {
    return tf.stridedSlice(
        rows, tf.array(index), tf.array(index + 1), tf.array(1), StridedSlice.shrinkAxisMask(1L));
  }

  private static Operand<TFloat32> stacked(
      Ops tf, Operand<TFloat32> x, long axis, int height, int width, int channels) {
    return tf.reshape(
        tf.stack(List.of(x, tf.math.maximum(x, tf.constant(-1f))), Stack.axis(axis)),
        tf.array(-1, height, width, channels));
  }

  @Test
  void trace_transposedConvolutions_areWhatPerturbationsSee() {
    checkLayered((run, x) -> transposed(run, x, 3, 3, 2, "SAME", 6, 10));
    checkLayered((run, x) -> transposed(run, x, 3, 3, 2, "SAME", 5, 9));
    checkLayered((run, x) -> transposed(run, x, 2, 4, 1, "SAME", 3, 5));
    checkLayered((run, x) -> transposed(run, x, 2, 3, 3, "VALID", 8, 15));
    checkLayered((run, x) -> transposed(run, x, 4, 3, 2, "VALID", 8, 11));
  }

  private static Operand<TFloat32> transposed(
      GraphRun run,
      Operand<TFloat32> x,
      int rows,
      int columns,
      long stride,
      String padding,
      int height,
      int width) {
    Ops tf = run.tf();
    return tf.nn.conv2dBackpropInput(
        tf.array(Perturbations.UNITS, height, width, 2),
        ones(run, "up/kernel", rows, columns, 2, 6),
        x,
        List.of(1L, stride, stride, 1L),
        padding);
  }

  private static Operand<TFloat32> squeezed(Ops tf, Operand<TFloat32> x) {
    return tf.reduceSum(x, tf.array(1, 2), ReduceSum.keepDims(true));
  }

  @Test
  void trace_layerThatIsBroadcast_isRefused() {
    requireRefused(
        "does not hold units of [1, 1, 6]",
        (tf, x) -> {
          Operand<TFloat32> pooled = tf.reduceMax(x, tf.array(1, 2), ReduceMax.keepDims(true));
          Operand<TFloat32> twice = tf.fill(tf.array(1, 2, 1, 1), tf.constant(1f));
          return tf.withName("odd").math.mul(pooled, twice);
        });
  }

  private static Operand<TFloat32> left(Ops tf, Operand<TFloat32> x) {
    return tf.slice(x, tf.array(0, 0, 0, 0), tf.array(-1, -1, -1, 2));
  }

  private static Operand<TFloat32> right(Ops tf, Operand<TFloat32> x) {
    return tf.slice(x, tf.array(0, 0, 0, 3), tf.array(-1, -1, -1, 2));
  }

  private static Operand<TFloat32> rows(Ops tf, Operand<TFloat32> x) {
    return tf.slice(x, tf.array(0, 1, 0, 0), tf.array(-1, 2, -1, -1));
  }

  private static Operand<TFloat32> padded(Ops tf, Operand<TFloat32> x, int above, int below) {
    int[][] paddings = {{0, 0}, {above, below}, {0, 0}, {0, 0}};
    return tf.pad(x, tf.constant(paddings), tf.constant(0f));
  }
}
