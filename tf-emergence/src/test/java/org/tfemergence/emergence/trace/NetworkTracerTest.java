package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.activations;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.wiring;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Layer.Role;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.testing.GraphRun;

final class NetworkTracerTest {
  private static final List<Long> STRIDE_1 = List.of(1L, 1L, 1L, 1L);
  private static final List<Long> STRIDE_2 = List.of(1L, 2L, 2L, 1L);

  @Test
  void trace_perceptronOfEitherKindOfVariables_isTheChain() {
    for (boolean resource : new boolean[] {false, true}) {
      try (GraphRun run = new GraphRun()) {
        Ops tf = run.tf();
        Operand<TFloat32> x = input(tf, Shape.of(-1, 4));
        x = tf.nn.relu(dense(run, resource, "first", x, 4, 5));
        x = tf.math.mul(x, tf.math.sigmoid(dense(run, resource, "unused", x, 5, 5))); // gate
        x = dense(run, resource, "logits", x, 5, 3);
        Operand<TFloat32> output = tf.withName("probabilities").nn.softmax(x);

        TracedNetwork traced =
            NetworkTracer.of(run.graph()).input("x").output("probabilities").trace();

        assertThat(table(traced.network()))
            .containsExactly("first [5] 25", "unused [5] 30", "logits [3] 18");
        assertThat(activations(traced, "first").op().type()).isEqualTo("Relu");
        assertThat(activations(traced, "unused").op().type()).isEqualTo("Sigmoid");
        assertThat(activations(traced, "logits")).isEqualTo(x.asOutput());
        assertThat(traced.kernels().get("first").name()).isEqualTo("first_kernel");
        assertThat(traced.outputs()).containsValue(output.asOutput());
      }
    }
  }

  /* Strided, padded, grouped, depthwise, pooled and concatenated, a residual with a projection. */
  @Test
  void trace_convolutions_isTheNetworkDescribedByHand() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, 7, 6, 2));
      x = tf.nn.relu(conv(run, "stem", x, STRIDE_1, "SAME", 3, 3, 2, 4));
      Operand<TFloat32> branch = conv(run, "a", x, STRIDE_2, "SAME", 3, 3, 2, 4); // 2 groups
      Operand<TFloat32> skip = conv(run, "b", x, STRIDE_2, "VALID", 1, 1, 4, 4);
      Operand<TFloat32> sum = tf.withName("sum").math.add(branch, skip);
      sum = tf.nn.relu(sum);
      Operand<TFloat32> pooled =
          tf.withName("pool")
              .nn
              .maxPool(
                  sum,
                  tf.constant(new int[] {1, 2, 2, 1}),
                  tf.constant(new int[] {1, 1, 1, 1}),
                  "SAME");
      Operand<TFloat32> both =
          tf.withName("both").concat(List.of(sum, pooled), tf.constant(-1)); // 8 channels
      Operand<TFloat32> filter = weights(run, "deep/kernel", Shape.of(2, 2, 8, 1));
      both = tf.nn.depthwiseConv2dNative(both, filter, STRIDE_1, "VALID"); // [3, 2, 8]
      Operand<TFloat32> flat = tf.reshape(both, tf.constant(new int[] {-1, 48}));
      tf.withName("out").identity(dense(run, true, "head", flat, 48, 2));

      Network traced = NetworkTracer.of(run.graph()).input("x").output("out").trace().network();

      Layer stem = layer("stem", 72, 7L, 6L, 4L);
      Layer a = layer("a", 72, 4L, 3L, 4L);
      Layer b = layer("b", 16, 4L, 3L, 4L);
      Layer sumLayer = Layer.wiring("sum", ImmutableList.of(4L, 3L, 4L));
      Layer poolLayer = Layer.wiring("pool", ImmutableList.of(4L, 3L, 4L));
      Layer bothLayer = Layer.wiring("both", ImmutableList.of(4L, 3L, 8L));
      Layer deep = layer("deep", 32, 3L, 2L, 8L);
      Layer head = layer("head", 98, 2L);
      MutableValueGraph<Layer, Wiring> hand = ValueGraphBuilder.directed().build();
      hand.putEdgeValue(stem, a, new Convolution(new Window(3, 3, 2, 2, 1, 0), 2));
      hand.putEdgeValue(stem, b, new Convolution(new Window(1, 1, 2, 2, 0, 0), 1));
      hand.putEdgeValue(a, sumLayer, new OneToOne(0));
      hand.putEdgeValue(b, sumLayer, new OneToOne(0));
      hand.putEdgeValue(sumLayer, poolLayer, new Pooling(new Window(2, 2, 1, 1, 0, 0)));
      hand.putEdgeValue(sumLayer, bothLayer, new OneToOne(0));
      hand.putEdgeValue(poolLayer, bothLayer, new OneToOne(4));
      hand.putEdgeValue(bothLayer, deep, new Convolution(Window.valid(2, 1), 8));
      hand.putEdgeValue(deep, head, new Dense());
      assertThat(traced).isEqualTo(Network.of(hand));
    }
  }

  /* With kernels of ones and no activation, a gradient counts paths between two layers' units. */
  @Test
  void trace_singleConnections_areWhatGradientsSee() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, 5, 5, 1));
      Operand<TFloat32> first = conv(run, "first", x, STRIDE_1, "SAME", 3, 3, 1, 2);
      Operand<TFloat32> padded =
          tf.pad(first, tf.constant(new int[][] {{0, 0}, {1, 0}, {0, 2}, {0, 0}}), tf.constant(0f));
      Operand<TFloat32> next = conv(run, "next", padded, STRIDE_2, "VALID", 3, 2, 2, 3);
      tf.withName("out").identity(next);
      Output<?> gradient =
          run.graph().addGradients(next.asOutput(), new Output<?>[] {first.asOutput()})[0];

      Network network = NetworkTracer.of(run.graph()).input("x").output("out").trace().network();

      float[] paths = new float[50];
      for (int unit = 0; unit < paths.length; unit++) {
        int from = unit;
        network
            .wires(TraceChecks.layer(network, "first"), TraceChecks.layer(network, "next"))
            .forEach(unit, (target, weight) -> paths[from]++);
      }
      try (TFloat32 zeros = GraphRun.tensor(Shape.of(1, 5, 5, 1), new float[25]);
          Result result = run.session().runner().feed("x", zeros).fetch(gradient).run()) {
        assertThat(GraphRun.floats((TFloat32) result.get(0))).containsExactly(paths);
      }
    }
  }

  @Test
  void trace_unknownOperation_isRefusedByNameOrTakenAsAllToAll() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, 4));
      x = tf.nn.relu(dense(run, true, "first", x, 4, 5));
      x = tf.withName("odd").math.cumsum(x, tf.constant(1));
      tf.withName("out").identity(dense(run, true, "last", x, 5, 2));
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("Cumsum 'odd'");
      TracedNetwork traced = tracer.unknown(Unknown.OPAQUE).trace();
      assertThat(traced.opaque()).containsExactly("Cumsum 'odd'");
      assertThat(wiring(traced.network(), "first", "odd")).isEqualTo(new Dense());
      assertThat(wiring(traced.network(), "odd", "last")).isEqualTo(new Dense());
    }
  }

  /* GELU and both normalizations as composites; the gains go to a layer of their own. */
  @Test
  void trace_composites_arePartOfTheirLayer() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, 4));
      Operand<TFloat32> kernelOutput = dense(run, true, "first", x, 4, 5);
      Operand<TFloat32> mean =
          tf.math.mean(kernelOutput, tf.constant(1), Mean.keepDims(true)); // [batch, 1]
      Operand<TFloat32> centred = tf.math.sub(kernelOutput, mean);
      Operand<TFloat32> variance =
          tf.math.mean(tf.math.square(centred), tf.constant(1), Mean.keepDims(true));
      Operand<TFloat32> scaled =
          tf.math.mul(centred, tf.math.rsqrt(tf.math.add(variance, tf.constant(1e-5f))));
      Operand<TFloat32> normalized =
          tf.math.add(
              tf.math.mul(scaled, weights(run, "norm/gamma", Shape.of(5))),
              weights(run, "norm/beta", Shape.of(5)));
      Operand<TFloat32> erf =
          tf.math.erf(tf.math.mul(normalized, tf.constant((float) Math.sqrt(0.5))));
      Operand<TFloat32> gelu =
          tf.math.mul(
              tf.math.mul(tf.constant(0.5f), normalized), tf.math.add(tf.constant(1f), erf));
      tf.withName("out").identity(dense(run, true, "last", gelu, 5, 2));

      TracedNetwork traced = NetworkTracer.of(run.graph()).input("x").output("out").trace();

      assertThat(table(traced.network())).containsExactly("first [5] 25", "last [2] 12");
      assertThat(TraceChecks.layer(traced.network(), "norm").parameters()).isEqualTo(10);
      assertThat(wiring(traced.network(), "first", "norm")).isEqualTo(new OneToOne(0));
      assertThat(activations(traced, "first")).isEqualTo(gelu.asOutput());
      assertThat(traced.taps().get(0).at(TapPoint.BEFORE_NORMALIZATION).activations())
          .isEqualTo(kernelOutput.asOutput());
    }
  }

  /* Embeddings, and attention of one sequence to another of other length, unmasked. */
  @Test
  void trace_crossAttention_joinsBothSequences() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TInt32> ids =
          tf.withName("ids").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, 3)));
      Operand<TFloat32> memory = input(tf, Shape.of(-1, 4, 6));
      Operand<TFloat32> table = weights(run, "tokens/embeddings", Shape.of(9, 6));
      Operand<TFloat32> x = tf.gather(table, ids, tf.constant(0)); // [batch, 3, 6]
      Operand<TFloat32> query = heads(run, "q", x, 3);
      Operand<TFloat32> key = heads(run, "k", memory, 4);
      Operand<TFloat32> value = heads(run, "v", memory, 4);
      Operand<TFloat32> scores =
          tf.math.mul(
              tf.train.batchMatMul(query, key, TFloat32.class, BatchMatMul.adjY(true)),
              tf.constant(0.5f)); // [batch, 2, 3, 4]
      Operand<TFloat32> context =
          tf.withName("context")
              .train
              .batchMatMul(tf.nn.softmax(scores), value, TFloat32.class); // [batch, 2, 3, 3]
      Operand<TFloat32> merged =
          tf.reshape(
              tf.linalg.transpose(context, tf.constant(new int[] {0, 2, 1, 3})),
              tf.constant(new int[] {-1, 3, 6}));
      Operand<TFloat32> kernel = weights(run, "o/kernel", Shape.of(6, 6));
      tf.withName("out").linalg.einsum(List.of(merged, kernel), "btd,de->bte");

      TracedNetwork traced =
          NetworkTracer.of(run.graph()).input("ids").input("x").output("out").trace();

      Network network = traced.network();
      assertThat(table(network))
          .containsExactlyInAnyOrder(
              "tokens [3, 6] 54", "q [3, 6] 36", "k [4, 6] 36", "v [4, 6] 36", "o [3, 6] 36");
      assertThat(wiring(network, "tokens", "q")).isEqualTo(new Wiring.PerPosition());
      assertThat(wiring(network, "q", "context"))
          .isEqualTo(new Wiring.Attention(2, Wiring.Attention.Reach.SELF));
      assertThat(wiring(network, "k", "context"))
          .isEqualTo(new Wiring.Attention(2, Wiring.Attention.Reach.ALL));
      assertThat(wiring(network, "v", "context"))
          .isEqualTo(new Wiring.Attention(2, Wiring.Attention.Reach.ALL));
      assertThat(wiring(network, "context", "o")).isEqualTo(new Wiring.PerPosition());
    }
  }

  /* [batch, positions, 6] -> [batch, 2, positions, 3] */
  private static Operand<TFloat32> heads(
      GraphRun run, String name, Operand<TFloat32> x, int positions) {
    Ops tf = run.tf();
    Operand<TFloat32> flat = tf.reshape(x, tf.constant(new int[] {-1, 6}));
    Operand<TFloat32> projected =
        tf.linalg.matMul(flat, weights(run, name + "/kernel", Shape.of(6, 6)));
    Operand<TFloat32> split = tf.reshape(projected, tf.constant(new int[] {-1, positions, 2, 3}));
    return tf.linalg.transpose(split, tf.constant(new int[] {0, 2, 1, 3}));
  }

  @Test
  void trace_dilatedConvolution_isRefused() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, 8, 8, 1));
      Operand<TFloat32> kernel = weights(run, "k/kernel", Shape.of(3, 3, 1, 1));
      tf.withName("out")
          .nn
          .conv2d(x, kernel, STRIDE_1, "SAME", Conv2d.dilations(List.of(1L, 2L, 2L, 1L)));

      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkTracer.of(run.graph()).input("x").output("out").trace())
          .withMessageContaining("Conv2D 'out'")
          .withMessageContaining("dilations");
    }
  }

  @Test
  void trace_inputOfUnknownShape_needsTheCallersShape() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, -1, -1, 1));
      x = tf.nn.relu(conv(run, "stem", x, STRIDE_2, "SAME", 3, 3, 1, 2));
      tf.withName("out").identity(x);
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("input 'x'");
      TracedNetwork traced = tracer.input("x", Shape.of(-1, 6, 8, 1)).trace();
      assertThat(table(traced.network())).containsExactly("stem [3, 4, 2] 18");
      // The copy reads the same variable: ones, as it was begun with.
      float[] seen =
          TraceChecks.run(run.session(), traced, activations(traced, "stem"), Shape.of(1, 6, 8, 1));
      float[] original = new float[0];
      try (TFloat32 fed = GraphRun.tensor(Shape.of(1, 6, 8, 1), ramp(48));
          Result result = run.session().runner().feed("x", fed).fetch("out").run()) {
        original = GraphRun.floats((TFloat32) result.get(0));
      }
      assertThat(seen).containsExactly(original);
    }
  }

  @Test
  void trace_missingOrNeedless_isNamed() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(tf, Shape.of(-1, 4));
      tf.withName("out").nn.relu(x);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkTracer.of(run.graph()).input("y").output("out").trace())
          .withMessageContaining("'y'");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkTracer.of(run.graph()).input("x").output("out").trace())
          .withMessageContaining("output 'out'");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkTracer.of(run.graph()).output("out").trace())
          .withMessageContaining("input");
    }
  }

  @Test
  void trace_loop_isRefused() {
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> x = input(run.tf(), Shape.of(-1, 4));
      Output<?>[] looped =
          run.graph()
              .whileLoop(
                  new Output<?>[] {x.asOutput()},
                  (graph, in, out) -> {
                    Ops tf = Ops.create(graph);
                    out[0] =
                        tf.math
                            .less(
                                tf.reduceSum(
                                    in[0].expect(TFloat32.class), tf.constant(new int[] {0, 1})),
                                tf.constant(9f))
                            .asOutput();
                  },
                  (graph, in, out) ->
                      out[0] =
                          Ops.create(graph).math.square(in[0].expect(TFloat32.class)).asOutput(),
                  "loop");

      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> NetworkTracer.of(run.graph()).input("x").output(looped[0].op().name()).trace())
          .withMessageContaining("loops cannot be traced");
    }
  }

  private static Operand<TFloat32> input(Ops tf, Shape shape) {
    return tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(shape));
  }

  private static Operand<TFloat32> dense(
      GraphRun run, boolean resource, String name, Operand<TFloat32> x, long in, long out) {
    Ops tf = run.tf();
    Operand<TFloat32> kernel = weights(run, resource, name + "_kernel", Shape.of(in, out));
    Operand<TFloat32> bias = weights(run, resource, name + "_bias", Shape.of(out));
    return tf.math.add(tf.linalg.matMul(x, kernel), bias);
  }

  private static Operand<TFloat32> conv(
      GraphRun run,
      String name,
      Operand<TFloat32> x,
      List<Long> strides,
      String padding,
      long... shape) {
    Operand<TFloat32> kernel = weights(run, name + "/kernel", Shape.of(shape));
    return run.tf().nn.conv2d(x, kernel, strides, padding);
  }

  private static Operand<TFloat32> weights(GraphRun run, String name, Shape shape) {
    return weights(run, true, name, shape);
  }

  private static Operand<TFloat32> weights(
      GraphRun run, boolean resource, String name, Shape shape) {
    float[] ones = new float[(int) shape.size()];
    Arrays.fill(ones, 1);
    return resource
        ? run.tf().readVariableOp(run.resource(name, shape, ones), TFloat32.class)
        : run.reference(name, shape, ones);
  }

  private static Layer layer(String name, long parameters, Long... shape) {
    return new Layer(name, ImmutableList.copyOf(shape), parameters, Role.COUNTED);
  }

  private static float[] ramp(int size) {
    float[] ramp = new float[size];
    for (int i = 0; i < size; i++) {
      ramp[i] = (float) (i % 17 / 17.0 - 0.4);
    }
    return ramp;
  }
}
