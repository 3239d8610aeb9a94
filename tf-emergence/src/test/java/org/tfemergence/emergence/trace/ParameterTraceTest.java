package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.input;
import static org.tfemergence.emergence.trace.TraceChecks.layer;
import static org.tfemergence.emergence.trace.TraceChecks.ones;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.trace;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.random.StatelessRandomGetKeyCounter;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;
import org.tfemergence.emergence.testing.GraphRun;

/** Each learnt number on the way counts once, and nothing else does: counted by hand. */
final class ParameterTraceTest {
  private static final int KERNEL = 4 * 6;

  private interface Change extends BiFunction<GraphRun, Operand<TFloat32>, Operand<TFloat32>> {}

  @Test
  void trace_biases_countHoweverTheyAreAdded() {
    assertThat(parameters((run, x) -> run.tf().math.add(x, ones(run, "b", 6)))).isEqualTo(6);
    assertThat(parameters((run, x) -> run.tf().math.addN(List.of(x, ones(run, "b", 1, 6)))))
        .isEqualTo(6);
    assertThat(parameters((run, x) -> run.tf().math.sub(x, ones(run, "b", 6)))).isEqualTo(6);
    assertThat(parameters((run, x) -> run.tf().math.sub(ones(run, "b", 6), x))).isEqualTo(6);
    assertThat(
            parameters(
                (run, x) ->
                    run.tf().math.add(x, run.tf().math.sub(ones(run, "b", 6), ones(run, "c", 1)))))
        .isEqualTo(7);
  }

  @Test
  void trace_partsOfVariables_countWhole() {
    assertThat(
            parameters(
                (run, x) ->
                    run.tf()
                        .math
                        .add(
                            x,
                            run.tf()
                                .slice(
                                    ones(run, "positions", 3, 6),
                                    run.tf().array(0, 0),
                                    run.tf().array(1, -1)))))
        .isEqualTo(18);
    assertThat(
            parameters(
                (run, x) ->
                    run.tf()
                        .math
                        .add(
                            x,
                            run.tf()
                                .stridedSlice(
                                    ones(run, "positions", 3, 6),
                                    run.tf().array(0, 0),
                                    run.tf().array(1, 6),
                                    run.tf().array(1, 1)))))
        .isEqualTo(18);
  }

  /* max(x, 0) + alpha min(x, 0), and gains that begin at zero. */
  @Test
  void trace_slopesAndGains_count() {
    assertThat(
            parameters(
                (run, x) -> {
                  Ops tf = run.tf();
                  Operand<TFloat32> zero = tf.constant(0f);
                  return tf.math.add(
                      tf.math.maximum(x, zero),
                      tf.math.mul(ones(run, "alpha", 6), tf.math.minimum(x, zero)));
                }))
        .isEqualTo(6);
    assertThat(
            parameters(
                (run, x) ->
                    run.tf()
                        .math
                        .mul(x, run.tf().math.add(run.tf().constant(1f), ones(run, "gamma", 6)))))
        .isEqualTo(6);
    assertThat(parameters((run, x) -> run.tf().math.maximum(x, ones(run, "floor", 6))))
        .isEqualTo(6);
  }

  /* The width of noise, and what a layer is multiplied with in front of its dropout. */
  @Test
  void trace_whatIsLearntBesideRandomValues_counts() {
    assertThat(
            parameters(
                (run, x) -> {
                  Ops tf = run.tf();
                  Operand<TFloat32> noise =
                      tf.random.randomStandardNormal(tf.shape(x), TFloat32.class);
                  return tf.math.add(x, tf.math.mul(ones(run, "sigma", 6), noise));
                }))
        .isEqualTo(6);
    assertThat(
            parameters(
                (run, x) -> {
                  Ops tf = run.tf();
                  Operand<TFloat32> random = tf.random.randomUniform(tf.shape(x), TFloat32.class);
                  return tf.math.mul(tf.math.mul(x, ones(run, "alpha")), tf.math.floor(random));
                }))
        .isEqualTo(1);
  }

  /* Both ways in which TensorFlow and its users write it: 6 gains, 6 shifts. */
  @Test
  void trace_movingStatistics_areNamedAndNotCounted() {
    Change folded =
        (run, x) -> {
          Ops tf = run.tf();
          Operand<TFloat32> scale =
              tf.math.mul(inverse(run), ones(run, "gamma", 6)); // tf.nn.batch_normalization
          return tf.math.add(
              tf.math.mul(x, scale),
              tf.math.sub(ones(run, "beta", 6), tf.math.mul(ones(run, "mean", 6), scale)));
        };
    Change plain =
        (run, x) -> {
          Ops tf = run.tf();
          Operand<TFloat32> centred = tf.math.sub(x, ones(run, "mean", 6));
          return tf.math.add(
              tf.math.mul(tf.math.mul(centred, inverse(run)), ones(run, "gamma", 6)),
              ones(run, "beta", 6));
        };
    Change divided =
        (run, x) -> {
          Ops tf = run.tf();
          Operand<TFloat32> deviation = tf.math.sqrt(ones(run, "variance", 6));
          Operand<TFloat32> scaled = tf.math.div(tf.math.sub(x, ones(run, "mean", 6)), deviation);
          return tf.math.add(tf.math.mul(scaled, ones(run, "gamma", 6)), ones(run, "beta", 6));
        };
    for (Change change : List.of(folded, plain, divided)) {
      try (GraphRun run = new GraphRun()) {
        build(run, change);

        TracedNetwork traced = trace(run);

        assertThat(traced.network().parameters()).isEqualTo(KERNEL + 12 + 12);
        assertThat(traced.uncounted().keySet()).containsExactlyInAnyOrder("mean", "variance");
      }
    }
  }

  /* W + A B, a low rank beside the kernel: 24 + 4 * 2 + 2 * 6. */
  @Test
  void trace_kernelOfSeveralVariables_countsAll() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> low = tf.linalg.matMul(ones(run, "a", 4, 2), ones(run, "b", 2, 6));
      Operand<TFloat32> kernel = tf.math.add(ones(run, "first/kernel", 4, 6), low);
      tf.withName("out").linalg.matMul(input(run, "x", 4), kernel);

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network())).containsExactly("first [6] 44");
      assertThat(traced.kernels()).isEmpty();
      assertThat(traced.hiddenKernels()).containsOnlyKeys("first");
    }
  }

  /* Frozen graphs read their constants as they read the variables before. */
  @Test
  void trace_frozenGainsBehindASum_count() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(run, "x", 4);
      Operand<TFloat32> sum =
          tf.math.add(
              tf.linalg.matMul(x, frozen(tf, "left/kernel", 4, 6)),
              tf.linalg.matMul(x, frozen(tf, "right/kernel", 4, 6)));
      Operand<TFloat32> normal = tf.math.mul(sum, frozen(tf, "norm/gamma", 6));
      Operand<TFloat32> fixed = tf.math.add(normal, constant(tf, "sinusoid", 6));
      tf.withName("out").linalg.matMul(tf.nn.relu(fixed), frozen(tf, "last/kernel", 6, 2));

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network()))
          .containsExactlyInAnyOrder("left [6] 24", "right [6] 24", "last [2] 12");
      assertThat(layer(traced.network(), "norm").parameters()).isEqualTo(6);
      assertThat(traced.uncounted()).containsOnlyKeys("sinusoid");
    }
  }

  @Test
  void trace_frozenEmbedding_doesNotCountItsSinusoids() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TInt32> ids =
          tf.withName("x").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, 3)));
      Operand<TFloat32> rows = tf.gather(frozen(tf, "words/embeddings", 7, 4), ids, tf.constant(0));
      Operand<TFloat32> placed = tf.math.add(rows, constant(tf, "sinusoid", 3, 4));
      tf.withName("out")
          .linalg
          .einsum(List.of(placed, frozen(tf, "last/kernel", 4, 2)), "btd,de->bte");

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network())).containsExactly("words [3, 4] 28", "last [3, 2] 8");
      assertThat(traced.uncounted()).containsOnlyKeys("sinusoid");
    }
  }

  /* A fixed transformation of the input, such as a mel filter bank, among variables. */
  @Test
  void trace_constantMatrixAmongVariables_isAskedFor() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> mel = tf.linalg.matMul(input(run, "x", 9), constant(tf, "filters", 9, 4));
      tf.withName("out").linalg.matMul(mel, ones(run, "first/kernel", 4, 6));
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("Const 'filters'");
      assertThat(table(tracer.constant("filters").trace().network()))
          .containsExactly("first [6] 24");
      assertThat(
              table(
                  NetworkTracer.of(run.graph())
                      .input("x")
                      .output("out")
                      .frozen("filters")
                      .trace()
                      .network()))
          .containsExactly("MatMul [4] 36", "first [6] 24");
    }
  }

  /* The same in the body of a function, by the name that the refusal tells. */
  @Test
  void trace_constantMatrixInAFunction_isDeclaredByTheNameThatIsTold() {
    ConcreteFunction prepare =
        ConcreteFunction.create(
            tf -> {
              Operand<TFloat32> x =
                  tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 9)));
              Operand<TFloat32> mel = tf.linalg.matMul(x, constant(tf, "filters", 9, 4));
              return Signature.builder().input("x", x).output("mel", mel).build();
            });
    try (prepare;
        GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> mel =
          tf.call(prepare, input(run, "x", 9)).asOutput().expect(TFloat32.class);
      tf.withName("out").linalg.matMul(mel, ones(run, "first/kernel", 4, 6));
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("Const 'filters'");
      assertThat(table(tracer.constant("filters").trace().network()))
          .containsExactly("first [6] 24");
    }
  }

  /* A kernel of small whole numbers counts with its scale; an index does not, nor does a mask. */
  @Test
  void trace_wholeNumbers_countWhereTheyAreCast() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> kernel =
          tf.math.mul(
              tf.dtypes.cast(read(tf, "first/kernel", TUint8.class, 4, 6), TFloat32.class),
              ones(run, "first/scale", 6));
      Operand<TFloat32> chosen =
          tf.gather(ones(run, "biases", 3, 6), read(tf, "index", TInt32.class), tf.constant(0));
      Operand<TFloat32> hidden = tf.math.add(tf.linalg.matMul(input(run, "x", 4), kernel), chosen);
      Operand<TFloat32> masked =
          tf.math.mul(
              ones(run, "last/kernel", 6, 2),
              tf.dtypes.cast(read(tf, "mask", TBool.class, 6, 2), TFloat32.class));
      Operand<TFloat32> last = tf.linalg.matMul(tf.nn.relu(hidden), masked);
      tf.withName("out")
          .linalg
          .matMul(last, tf.dtypes.cast(read(tf, "plain", TUint8.class, 2, 2), TFloat32.class));

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network()))
          .containsExactly("first [6] " + (24 + 6 + 18), "last [2] 12", "plain [2] 4");
      assertThat(traced.uncounted()).containsOnlyKeys("mask");
      assertThat(traced.uncounted().get("mask")).contains("holds DT_BOOL, no numbers");
      assertThat(traced.hiddenKernels().get("plain")).contains("holds DT_UINT8, not float32");
      assertThat(traced.hiddenKernels()).containsOnlyKeys("first", "last", "plain");
    }
  }

  /* As Keras flips images and drops units: the state of its generator, whole numbers, weighs nothing. */
  @Test
  void trace_generatorsOfRandomValues_areNotLearnt() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(run, "x", 4);
      Operand<TFloat32> flipped =
          tf.select(
              tf.math.lessEqual(drawn(tf, x, "flips", 1), tf.constant(0.5f)),
              tf.reverse(x, tf.array(1)),
              x);
      Operand<TFloat32> first = tf.linalg.matMul(flipped, ones(run, "first/kernel", 4, 6));
      Operand<TBool> kept = tf.math.greaterEqual(drawn(tf, first, "drops", 6), tf.constant(0.5f));
      tf.withName("out")
          .linalg
          .matMul(
              tf.math.mul(first, tf.dtypes.cast(kept, TFloat32.class)),
              ones(run, "last/kernel", 6, 2));

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network())).containsExactly("first [6] 24", "last [2] 12");
      assertThat(traced.uncounted()).isEmpty();
    }
  }

  /* For each example as many values as told, from a state that is counted on in each run. */
  private static Operand<TFloat32> drawn(Ops tf, Operand<TFloat32> like, String name, int values) {
    Operand<TInt64> state = read(tf, name, TInt64.class, 2);
    Operand<TInt64> step = tf.math.floorMod(tf.math.mul(state, tf.constant(3L)), tf.constant(97L));
    StatelessRandomGetKeyCounter begin =
        tf.random.statelessRandomGetKeyCounter(tf.dtypes.cast(step, TInt32.class));
    Operand<TInt32> batch =
        tf.stridedSlice(
            tf.shape(like), tf.array(0), tf.array(1), tf.array(1), StridedSlice.shrinkAxisMask(1L));
    return tf.random.statelessRandomUniformV2(
        tf.stack(List.of(batch, tf.constant(values))),
        begin.key(),
        begin.counter(),
        tf.constant(1),
        TFloat32.class);
  }

  private static <T extends TType> Operand<T> read(
      Ops tf, String name, Class<T> type, long... shape) {
    return tf.readVariableOp(
        tf.varHandleOp(type, Shape.of(shape), VarHandleOp.sharedName(name)), type);
  }

  /* All learnt numbers but those of the two kernels; one layer takes what is changed. */
  private static long parameters(Change change) {
    try (GraphRun run = new GraphRun()) {
      build(run, change);
      TracedNetwork traced = trace(run);
      assertThat(traced.uncounted()).isEmpty();
      return traced.network().parameters() - KERNEL - 12;
    }
  }

  private static void build(GraphRun run, Change change) {
    Ops tf = run.tf();
    Operand<TFloat32> first = tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
    tf.withName("out").linalg.matMul(change.apply(run, first), ones(run, "last/kernel", 6, 2));
  }

  private static Operand<TFloat32> inverse(GraphRun run) {
    Ops tf = run.tf();
    return tf.math.rsqrt(tf.math.add(ones(run, "variance", 6), tf.constant(1e-3f)));
  }

  /* What convert_variables_to_constants makes of a variable. */
  private static Operand<TFloat32> frozen(Ops tf, String name, long... shape) {
    List<String> parts = List.of(name.split("/"));
    Ops scope = tf.withSubScope(parts.get(0));
    return scope
        .withSubScope(parts.get(1))
        .withName("read")
        .identity(constant(scope, parts.get(1), shape));
  }

  private static Operand<TFloat32> constant(Ops tf, String name, long... shape) {
    Shape sizes = Shape.of(shape);
    float[] ones = new float[(int) sizes.size()];
    Arrays.fill(ones, 1);
    return tf.withName(name).constant(sizes, DataBuffers.of(ones));
  }
}
