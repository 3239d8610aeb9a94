package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.activations;
import static org.tfemergence.emergence.trace.TraceChecks.input;
import static org.tfemergence.emergence.trace.TraceChecks.layer;
import static org.tfemergence.emergence.trace.TraceChecks.ones;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.trace;
import static org.tfemergence.emergence.trace.TraceChecks.wiring;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.testing.GraphRun;

/** What is computed over the units of a layer: normalizes it, or is not understood by its name. */
final class StatisticTraceTest {
  private static final List<Long> STRIDE_1 = List.of(1L, 1L, 1L, 1L);

  /* The similarity of two towers: a sum over units is none, whoever takes it for one. */
  @Test
  void trace_sumOverUnitsAsOutput_isNamed() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(run, "x", 4);
      Operand<TFloat32> product =
          tf.withName("product")
              .math
              .mul(
                  tf.linalg.matMul(x, ones(run, "left/kernel", 4, 6)),
                  tf.linalg.matMul(x, ones(run, "right/kernel", 4, 6)));
      Operand<TFloat32> sum = tf.withName("sum").reduceSum(product, tf.constant(-1));
      tf.withName("out").math.sigmoid(sum);
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessage(
              "operation Sum 'sum' is not understood: output 'out' takes what is computed by it for"
                  + " a layer's units");
      TracedNetwork traced = tracer.unknown(Unknown.OPAQUE).trace();
      assertThat(traced.opaque()).containsExactly("Sum 'sum'");
      assertThat(table(traced.network())).containsExactlyInAnyOrder("left [6] 24", "right [6] 24");
      assertThat(wiring(traced.network(), "product", "sum")).isEqualTo(new Dense());
    }
  }

  /* Maxout: the largest of three. The layer that takes it is not lost. */
  @Test
  void trace_maxout_isNamedAndTheNextLayerCounts() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> largest = largestOfThree(run);
      Operand<TFloat32> biased = tf.math.add(largest, ones(run, "largest/bias", 2));
      tf.withName("out").linalg.matMul(tf.nn.relu(biased), ones(run, "last/kernel", 2, 5));
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("operation Max 'largest' is not understood: MatMul 'out' takes");
      TracedNetwork traced = tracer.unknown(Unknown.OPAQUE).trace();
      assertThat(traced.opaque()).containsExactly("Max 'largest'");
      assertThat(table(traced.network())).containsExactly("first [6] 24", "last [5] 10");
      assertThat(wiring(traced.network(), "first", "largest")).isEqualTo(new Dense());
      assertThat(traced.network().parameters()).isEqualTo(24 + 2 + 10);
      assertThat(traced.hiddenKernels()).isEmpty();
    }
  }

  /* A mean that a layer is normalized by stays one, whether it is met before or behind. */
  @Test
  void trace_meanThatIsALayerAsWell_stillNormalizes() {
    for (boolean before : new boolean[] {false, true}) {
      try (GraphRun run = new GraphRun()) {
        Ops tf = run.tf();
        Operand<TFloat32> first =
            tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
        Operand<TFloat32> mean =
            tf.withName("mean").math.mean(first, tf.constant(-1), Mean.keepDims(true));
        Operand<TFloat32> centred = tf.math.sub(first, mean);
        Operand<TFloat32> one = tf.linalg.matMul(centred, ones(run, "one/kernel", 6, 2));
        Operand<TFloat32> other = tf.linalg.matMul(mean, ones(run, "other/kernel", 1, 2));
        Operand<TFloat32> third = tf.linalg.matMul(mean, ones(run, "third/kernel", 1, 2));
        Ops out = tf.withName("out");
        Operand<TFloat32> both = tf.math.add(other, third);
        out.identity(before ? tf.math.add(both, one) : tf.math.add(one, both));

        TracedNetwork traced =
            NetworkTracer.of(run.graph()).input("x").output("out").unknown(Unknown.OPAQUE).trace();

        assertThat(traced.opaque()).containsExactly("Mean 'mean'");
        assertThat(table(traced.network()))
            .containsExactlyInAnyOrder("first [6] 24", "one [2] 12", "other [2] 2", "third [2] 2");
        assertThat(wiring(traced.network(), "first", "one")).isEqualTo(new Dense());
        assertThat(wiring(traced.network(), "first", "mean")).isEqualTo(new Dense());
        assertThat(wiring(traced.network(), "mean", "other")).isEqualTo(new Dense());
        assertThat(wiring(traced.network(), "mean", "third")).isEqualTo(new Dense());
      }
    }
  }

  /* The mean of the largest of each three: neither is a unit. */
  @Test
  void trace_statisticOfAStatistic_namesBoth() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> largest = largestOfThree(run);
      Operand<TFloat32> mean =
          tf.withName("mean").math.mean(largest, tf.constant(-1), Mean.keepDims(true));
      tf.withName("out").linalg.matMul(mean, ones(run, "last/kernel", 1, 5));

      TracedNetwork traced =
          NetworkTracer.of(run.graph()).input("x").output("out").unknown(Unknown.OPAQUE).trace();

      assertThat(traced.opaque()).containsExactly("Max 'largest'", "Mean 'mean'");
      assertThat(table(traced.network())).containsExactly("first [6] 24", "last [5] 5");
      assertThat(wiring(traced.network(), "largest", "mean")).isEqualTo(new Dense());
    }
  }

  /* Scores of an attention, of which no context is made. */
  @Test
  void trace_scoresAsOutput_areNamed() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(run, "x", 3, 4);
      Operand<TFloat32> scores =
          tf.withName("scores")
              .train
              .batchMatMul(
                  projected(run, "q", x),
                  projected(run, "k", x),
                  TFloat32.class,
                  BatchMatMul.adjY(true));
      tf.withName("out").math.mul(scores, tf.constant(0.5f));
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("'scores' is not understood: output 'out' takes");
      TracedNetwork traced = tracer.unknown(Unknown.OPAQUE).trace();
      assertThat(traced.opaque()).hasSize(1);
      assertThat(table(traced.network())).containsExactlyInAnyOrder("q [3, 4] 16", "k [3, 4] 16");
      assertThat(wiring(traced.network(), "q", "scores")).isEqualTo(new Dense());
      assertThat(wiring(traced.network(), "k", "scores")).isEqualTo(new Dense());
    }
  }

  /*
   * Keras 2 normalizes the channels of each position as if positions were channels, and scales and
   * shifts afterwards. Its graph asks for the shape in a run.
   */
  @Test
  void trace_layerNormalizationOfKeras2_isOneToOne() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> first = projected(run, "first", input(run, "x", 3, 4));
      Operand<TFloat32> normal = keras2(run, first, 3);
      tf.withName("out")
          .linalg
          .einsum(List.of(normal, ones(run, "last/kernel", 4, 2)), "btd,de->bte");

      requireNormalized(trace(run), first, normal, "first [3, 4] 16", "last [3, 2] 8");
    }
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> first =
          tf.linalg.matMul(input(run, "x", 3), ones(run, "first/kernel", 3, 4));
      Operand<TFloat32> normal = keras2(run, first, 2);
      tf.withName("out").linalg.matMul(normal, ones(run, "last/kernel", 4, 2));

      requireNormalized(trace(run), first, normal, "first [4] 12", "last [2] 8");
    }
  }

  private static void requireNormalized(
      TracedNetwork traced, Operand<TFloat32> before, Operand<TFloat32> behind, String... layers) {
    assertThat(table(traced.network())).containsExactly(layers);
    assertThat(wiring(traced.network(), "first", "norm")).isEqualTo(new OneToOne(0));
    assertThat(layer(traced.network(), "norm").parameters()).isEqualTo(8);
    assertThat(activations(traced, "first")).isEqualTo(behind.asOutput());
    assertThat(traced.taps().get(0).at(TapPoint.BEFORE_NORMALIZATION).activations())
        .isEqualTo(before.asOutput());
  }

  private static Operand<TFloat32> keras2(GraphRun run, Operand<TFloat32> x, int axes) {
    Ops tf = run.tf();
    Operand<TInt32> shape = tf.shape(x);
    Operand<TInt32> rows = tf.constant(1);
    for (int axis = 0; axis < axes - 1; axis++) {
      rows = tf.math.mul(rows, tf.squeeze(tf.slice(shape, tf.array(axis), tf.array(1))));
    }
    Operand<TInt32> channels =
        tf.math.mul(tf.constant(1), tf.squeeze(tf.slice(shape, tf.array(axes - 1), tf.array(1))));
    Operand<TInt32> squeezed = tf.stack(List.of(tf.constant(1), rows, channels, tf.constant(1)));
    Operand<TInt32> perRow = tf.expandDims(rows, tf.constant(0));
    FusedBatchNorm<TFloat32, TFloat32> fused =
        tf.nn.fusedBatchNorm(
            tf.reshape(x, squeezed),
            tf.fill(perRow, tf.constant(1f)),
            tf.fill(perRow, tf.constant(0f)),
            run.constant(Shape.of(0)),
            run.constant(Shape.of(0)),
            FusedBatchNorm.epsilon(1e-3f),
            FusedBatchNorm.dataFormat("NCHW"),
            FusedBatchNorm.isTraining(true));
    Operand<TFloat32> back = tf.reshape(fused.y(), shape);
    return tf.math.add(tf.math.mul(back, ones(run, "norm/gamma", 4)), ones(run, "norm/beta", 4));
  }

  /* Means over groups of channels and all places, of a map that is reshaped for it. */
  @Test
  void trace_groupNormalizationByMeans_isOneToOne() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> first =
          tf.nn.conv2d(
              input(run, "x", 3, 5, 1), ones(run, "first/kernel", 1, 1, 1, 4), STRIDE_1, "SAME");
      Operand<TFloat32> groups = tf.reshape(first, tf.array(-1, 3, 5, 2, 2));
      Operand<TInt32> axes = tf.array(1, 2, 4);
      Operand<TFloat32> centred =
          tf.math.sub(groups, tf.math.mean(groups, axes, Mean.keepDims(true)));
      Operand<TFloat32> variance = tf.math.mean(tf.math.square(centred), axes, Mean.keepDims(true));
      Operand<TFloat32> scaled =
          tf.math.mul(centred, tf.math.rsqrt(tf.math.add(variance, tf.constant(1e-5f))));
      Operand<TFloat32> normal =
          tf.math.add(
              tf.math.mul(tf.reshape(scaled, tf.array(-1, 3, 5, 4)), ones(run, "norm/gamma", 4)),
              ones(run, "norm/beta", 4));
      tf.withName("out").nn.conv2d(normal, ones(run, "last/kernel", 1, 1, 4, 2), STRIDE_1, "SAME");

      requireNormalized(trace(run), first, normal, "first [3, 5, 4] 4", "last [3, 5, 2] 8");
    }
  }

  /* Keys that several heads of queries share, as multi-query attention has them. */
  @Test
  void trace_headsThatShareTheirKeys_areRefused() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(run, "x", 3, 4);
      Operand<TFloat32> queries =
          tf.linalg.transpose(
              tf.reshape(projected(run, "q", x), tf.array(-1, 3, 2, 2)), tf.array(0, 2, 1, 3));
      Operand<TFloat32> keys =
          tf.linalg.einsum(List.of(x, ones(run, "k/kernel", 4, 2)), "btd,de->bte");
      Operand<TFloat32> shared =
          tf.linalg.transpose(tf.reshape(keys, tf.array(-1, 3, 1, 2)), tf.array(0, 2, 1, 3));
      Operand<TFloat32> scores =
          tf.withName("odd")
              .train
              .batchMatMul(queries, shared, TFloat32.class, BatchMatMul.adjY(true));
      tf.withName("out").identity(scores);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> trace(run))
          .withMessageContaining(
              "'odd' is not understood: its queries [3, 2, 2] and keys [3, 1, 2] have not the same"
                  + " heads");
    }
  }

  private static Operand<TFloat32> projected(GraphRun run, String name, Operand<TFloat32> x) {
    return run.tf().linalg.einsum(List.of(x, ones(run, name + "/kernel", 4, 4)), "btd,de->bte");
  }

  /* Of six units of a layer the greatest of each three, two in an example. */
  private static Operand<TFloat32> largestOfThree(GraphRun run) {
    Ops tf = run.tf();
    Operand<TFloat32> pieces =
        tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
    return tf.withName("largest")
        .reduceMax(tf.reshape(pieces, tf.array(-1, 2, 3)), tf.constant(-1));
  }
}
