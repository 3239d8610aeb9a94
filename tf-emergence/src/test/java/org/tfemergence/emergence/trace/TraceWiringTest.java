package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.activations;
import static org.tfemergence.emergence.trace.TraceChecks.layer;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.wiring;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.testing.GraphRun;

/** Single wirings and single operations of traced graphs. */
final class TraceWiringTest {
  private static final List<Long> STRIDE_1 = List.of(1L, 1L, 1L, 1L);
  private static final List<Long> STRIDE_2 = List.of(1L, 2L, 2L, 1L);

  /* With kernels of ones, a target is as many greater as there are ways from a unit that grew by 1. */
  @Test
  void trace_depthwiseAndGroupedConvolution_areWhatPerturbationsSee() {
    for (boolean depthwise : new boolean[] {true, false}) {
      try (GraphRun run = new GraphRun()) {
        Ops tf = run.tf();
        Operand<TFloat32> x = input(tf, Shape.of(-1, 5, 4, 1));
        Operand<TFloat32> first = tf.nn.conv2d(x, ones(run, "first", 1, 1, 1, 4), STRIDE_1, "SAME");
        Operand<TFloat32> next =
            depthwise
                ? tf.nn.depthwiseConv2dNative(
                    first, ones(run, "next", 3, 3, 4, 2), STRIDE_2, "SAME")
                : tf.nn.conv2d(first, ones(run, "next", 3, 3, 2, 6), STRIDE_2, "SAME");
        tf.withName("out").identity(next);

        Network network = NetworkTracer.of(run.graph()).input("x").output("out").trace().network();

        int targets = (int) layer(network, "next").units();
        float[] units = new float[80 * 80]; // one example each, in which one unit is 1
        float[] ways = new float[80 * targets];
        for (int unit = 0; unit < 80; unit++) {
          units[unit * 80 + unit] = 1;
          int row = unit * targets;
          network
              .wires(layer(network, "first"), layer(network, "next"))
              .forEach(unit, (target, weight) -> ways[row + target]++);
        }
        try (TFloat32 fed = GraphRun.tensor(Shape.of(80, 5, 4, 4), units);
            Result result = run.session().runner().feed(first, fed).fetch("out").run()) {
          assertThat(GraphRun.floats((TFloat32) result.get(0))).containsExactly(ways);
        }
      }
    }
  }

  @Test
  void trace_explicitPadding_liesInTheWindow() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, 5, 6, 1));
      Operand<TFloat32> first = tf.nn.conv2d(x, ones(run, "first", 1, 1, 1, 2), STRIDE_1, "SAME");
      tf.withName("out")
          .nn
          .conv2d(
              first,
              ones(run, "next", 3, 3, 2, 3),
              STRIDE_2,
              "EXPLICIT",
              Conv2d.explicitPaddings(List.of(0L, 0L, 2L, 1L, 0L, 1L, 0L, 0L)));

      Network network = NetworkTracer.of(run.graph()).input("x").output("out").trace().network();

      // (5 + 2 + 1 - 3) / 2 + 1 rows, (6 + 0 + 1 - 3) / 2 + 1 columns.
      assertThat(table(network)).containsExactly("first [5, 6, 2] 2", "next [3, 3, 3] 54");
      assertThat(wiring(network, "first", "next"))
          .isEqualTo(new Convolution(new Window(3, 3, 2, 2, 2, 0), 1));
    }
  }

  /* Constants in place of variables: counted all the same, but there is nothing to read. */
  @Test
  void trace_frozenKernels_areCountedAndAreNoWeights() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, 4));
      x =
          tf.math.add(
              tf.linalg.matMul(x, constant(tf.withSubScope("first"), "kernel", 4, 5)),
              constant(tf, "b", 5));
      x = tf.linalg.matMul(tf.nn.relu(x), constant(tf.withSubScope("last"), "kernel", 5, 2));
      tf.withName("out").identity(x);

      TracedNetwork traced = NetworkTracer.of(run.graph()).input("x").output("out").trace();

      assertThat(table(traced.network())).containsExactly("first [5] 25", "last [2] 10");
      assertThat(traced.kernels()).isEmpty();
    }
  }

  @Test
  void trace_fusedNormalization_isTappedOnBothSides() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, 4, 4, 1));
      Operand<TFloat32> conv = tf.nn.conv2d(x, ones(run, "first", 3, 3, 1, 2), STRIDE_1, "SAME");
      FusedBatchNorm<TFloat32, TFloat32> normal =
          tf.nn.fusedBatchNorm(
              conv,
              read(run, "norm/gamma", 2),
              read(run, "norm/beta", 2),
              read(run, "norm/moving_mean", 2),
              read(run, "norm/moving_variance", 2),
              FusedBatchNorm.isTraining(false));
      Operand<TFloat32> relu = tf.withName("out").nn.relu(normal.y());

      TracedNetwork traced = NetworkTracer.of(run.graph()).input("x").output("out").trace();

      assertThat(activations(traced, "first")).isEqualTo(relu.asOutput());
      assertThat(traced.taps().get(0).at(TapPoint.BEFORE_NORMALIZATION).activations())
          .isEqualTo(conv.asOutput());
      assertThat(wiring(traced.network(), "first", "norm")).isEqualTo(new OneToOne(0));
      assertThat(traced.network().parameters()).isEqualTo(9 * 2 + 2 + 2);
    }
  }

  @Test
  void trace_resourceGather_isAnEmbedding() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TInt32> ids =
          tf.withName("ids").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, 3)));
      Operand<TFloat32> rows =
          tf.resourceGather(
              run.resource("words/embeddings", Shape.of(7, 4), new float[28]), ids, TFloat32.class);
      tf.withName("out").linalg.einsum(List.of(rows, ones(run, "next", 4, 2)), "btd,de->bte");

      TracedNetwork traced = NetworkTracer.of(run.graph()).input("ids").output("out").trace();

      assertThat(table(traced.network())).containsExactly("words [3, 4] 28", "next [3, 2] 8");
      assertThat(wiring(traced.network(), "words", "next")).isEqualTo(new Wiring.PerPosition());
    }
  }

  /*
   * As training graphs have it: the activation is in front of it. TensorFlow 1 floors a random
   * number plus the share that is kept, TensorFlow 2 selects.
   */
  @Test
  void trace_dropout_leavesTheTapInFront() {
    for (int kind = 0; kind < 3; kind++) {
      try (GraphRun run = new GraphRun()) {
        Ops tf = run.tf();
        Operand<TFloat32> x = input(tf, Shape.of(-1, 4));
        Operand<TFloat32> relu = tf.nn.relu(tf.linalg.matMul(x, ones(run, "first", 4, 5)));
        Operand<TFloat32> random = tf.random.randomUniform(tf.shape(relu), TFloat32.class);
        Operand<TFloat32> share =
            tf.withName("share").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
        Operand<TFloat32> dropped =
            switch (kind) {
              case 0 ->
                  tf.math.mul(
                      tf.math.mul(relu, tf.constant(2f)),
                      tf.dtypes.cast(
                          tf.math.greaterEqual(random, tf.constant(0.5f)), TFloat32.class));
              case 1 ->
                  tf.math.mul(tf.math.div(relu, share), tf.math.floor(tf.math.add(share, random)));
              default ->
                  tf.select(
                      tf.math.greaterEqual(random, share),
                      tf.math.mul(relu, tf.math.reciprocal(share)),
                      tf.constant(0f));
            };
        tf.withName("out").linalg.matMul(dropped, ones(run, "last", 5, 2));

        TracedNetwork traced = NetworkTracer.of(run.graph()).input("x").output("out").trace();

        assertThat(table(traced.network())).containsExactly("first [5] 20", "last [2] 10");
        assertThat(activations(traced, "first")).isEqualTo(relu.asOutput());
      }
    }
  }

  @Test
  void trace_sliceOfTheInput_isStillTheInput() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, 4));
      Operand<TFloat32> part =
          tf.slice(x, tf.constant(new int[] {0, 1}), tf.constant(new int[] {-1, 2}));
      tf.withName("whole").identity(tf.linalg.matMul(part, ones(run, "first", 2, 5)));

      assertThat(table(NetworkTracer.of(run.graph()).input("x").output("whole").trace().network()))
          .containsExactly("first [5] 10");
    }
  }

  @Test
  void trace_missingOutput_isNamed() {
    try (GraphRun run = new GraphRun()) {
      input(run.tf(), Shape.of(-1, 4));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkTracer.of(run.graph()).input("x").output("nowhere").trace())
          .withMessageContaining("'nowhere'");
    }
  }

  private static Operand<TFloat32> input(Ops tf, Shape shape) {
    return tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(shape));
  }

  private static Operand<TFloat32> constant(Ops tf, String name, long... shape) {
    Shape sizes = Shape.of(shape);
    return tf.withName(name).constant(sizes, DataBuffers.of(filled(sizes)));
  }

  private static Operand<TFloat32> ones(GraphRun run, String name, long... shape) {
    return read(run, name + "/kernel", shape);
  }

  private static Operand<TFloat32> read(GraphRun run, String name, long... shape) {
    Shape sizes = Shape.of(shape);
    return run.tf().readVariableOp(run.resource(name, sizes, filled(sizes)), TFloat32.class);
  }

  private static float[] filled(Shape shape) {
    float[] ones = new float[(int) shape.size()];
    Arrays.fill(ones, 1);
    return ones;
  }
}
