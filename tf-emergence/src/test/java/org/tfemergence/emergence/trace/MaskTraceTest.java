package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.wiring;

import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.emergence.testing.GraphRun;

/** Masks of attention, by what they do to the scores: who sees whom is told by their formulas. */
final class MaskTraceTest {
  private static final int POSITIONS = 4;

  /** Changes scores, [batch, positions, positions]. */
  private interface Mask extends BiFunction<GraphRun, Operand<TFloat32>, Operand<TFloat32>> {}

  @Test
  void trace_penaltyOnLaterKeys_isCausal() {
    assertThat(reach(MaskTraceTest::penalised)).isEqualTo(Reach.CAUSAL);
    // Infinity, and the least penalty that is meant to hide.
    assertThat(reach((run, s) -> add(run, s, later(run, Float.NEGATIVE_INFINITY))))
        .isEqualTo(Reach.CAUSAL);
    assertThat(reach((run, s) -> add(run, s, later(run, -100)))).isEqualTo(Reach.CAUSAL);
  }

  /* scores * triangle - 1e10 * (1 - triangle), as GPT-2 has it. */
  @Test
  void trace_factorAndPenalty_isCausal() {
    assertThat(
            reach(
                (run, s) -> {
                  Ops tf = run.tf();
                  Operand<TFloat32> hidden =
                      tf.math.mul(tf.constant(1e10f), tf.math.sub(tf.constant(1f), triangle(tf)));
                  return tf.math.sub(tf.math.mul(s, triangle(tf)), hidden);
                }))
        .isEqualTo(Reach.CAUSAL);
  }

  @Test
  void trace_selection_isCausal() {
    assertThat(
            reach(
                (run, s) -> {
                  Ops tf = run.tf();
                  return tf.select(
                      tf.math.greater(triangle(tf), tf.constant(0f)), s, tf.constant(-1e9f));
                }))
        .isEqualTo(Reach.CAUSAL);
  }

  /* A triangle stands behind each of these, and none is causal. */
  @Test
  void trace_triangleThatHidesSomethingElse_isRefused() {
    assertRefused(
        (run, s) -> add(run, s, run.tf().math.mul(triangle(run.tf()), scalar(run, -1e9f))));
    assertRefused(
        (run, s) -> { // each sees itself and the one before
          Ops tf = run.tf();
          Operand<TFloat32> band = tf.linalg.bandPart(triangle(tf), tf.constant(1), tf.constant(0));
          return add(run, s, tf.math.mul(tf.math.sub(band, scalar(run, 1)), scalar(run, 1e9f)));
        });
    // What is multiplied with zero still has a weight.
    assertRefused((run, s) -> run.tf().math.mul(s, triangle(run.tf())));
  }

  @Test
  void trace_smallBias_hidesNothing() {
    assertThat(reach((run, s) -> add(run, s, later(run, -0.5f)))).isEqualTo(Reach.ALL);
  }

  @Test
  void trace_bias_ofVariables_isRefused() {
    assertRefused(
        (run, s) ->
            add(
                run,
                s,
                run.tf()
                    .readVariableOp(
                        run.resource("seen", Shape.of(4, 4), new float[16]), TFloat32.class)));
  }

  /* Padding is no wiring, by itself or beside a causal mask; a window beside it is none that there is. */
  @Test
  void trace_padding_changesNothing() {
    assertThat(reach((run, s) -> add(run, s, padding(run)))).isEqualTo(Reach.ALL);
    assertThat(reach((run, s) -> penalised(run, add(run, s, padding(run)))))
        .isEqualTo(Reach.CAUSAL);
    assertThat(
            reach(
                (run, s) -> { // in one mask: real and not later
                  Ops tf = run.tf();
                  Operand<TFloat32> seen = tf.math.mul(real(run), triangle(tf));
                  return add(
                      run, s, tf.math.mul(tf.math.sub(seen, scalar(run, 1)), scalar(run, 1e9f)));
                }))
        .isEqualTo(Reach.CAUSAL);
    assertRefused(
        (run, s) -> {
          Ops tf = run.tf();
          Operand<TFloat32> window =
              tf.linalg.bandPart(triangle(tf), tf.constant(1), tf.constant(0));
          Operand<TFloat32> seen = tf.math.mul(real(run), window);
          return add(run, s, tf.math.mul(tf.math.sub(seen, scalar(run, 1)), scalar(run, 1e9f)));
        });
  }

  /* Of half precision, whose least penalty is -65504. */
  @Test
  void trace_masksOfOtherFloats_areTriedOut() {
    assertThat(reach(TFloat16.class)).isEqualTo(Reach.CAUSAL);
    assertThat(reach(TBfloat16.class)).isEqualTo(Reach.CAUSAL);
    assertThat(reach(TFloat64.class)).isEqualTo(Reach.CAUSAL);
  }

  private static <T extends TFloating> Reach reach(Class<T> type) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x =
          tf.withName("x")
              .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, POSITIONS, 6)));
      Operand<T> scores =
          tf.train.batchMatMul(
              tf.dtypes.cast(projected(run, "q", x), type),
              tf.dtypes.cast(projected(run, "k", x), type),
              type,
              BatchMatMul.adjY(true));
      Operand<T> masked = tf.math.add(scores, tf.dtypes.cast(later(run, -65504), type));
      tf.withName("context")
          .train
          .batchMatMul(tf.nn.softmax(masked), tf.dtypes.cast(projected(run, "v", x), type), type);

      TracedNetwork traced = NetworkTracer.of(run.graph()).input("x").output("context").trace();

      return ((Attention) wiring(traced.network(), "v", "context")).reach();
    }
  }

  /* A dropout of the scores drops none when the masks are tried. */
  @Test
  void trace_dropoutBesideMask_isCausal() {
    assertThat(
            reach(
                (run, s) -> {
                  Ops tf = run.tf();
                  Operand<TFloat32> kept =
                      tf.dtypes.cast(
                          tf.math.greaterEqual(
                              tf.random.randomUniform(tf.shape(s), TFloat32.class),
                              tf.constant(0.5f)),
                          TFloat32.class);
                  return penalised(run, tf.math.mul(s, kept));
                }))
        .isEqualTo(Reach.CAUSAL);
  }

  private static void assertRefused(Mask mask) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reach(mask))
        .withMessageContaining("'context' is not understood: the mask in ");
  }

  /* The wiring of keys and values, which must agree. */
  private static Reach reach(Mask mask) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x =
          tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 6)));
      tf.withName("ids").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, POSITIONS)));
      Operand<TFloat32> scores =
          tf.train.batchMatMul(
              projected(run, "q", x),
              projected(run, "k", x),
              TFloat32.class,
              BatchMatMul.adjY(true));
      Operand<TFloat32> weights = tf.nn.softmax(mask.apply(run, scores));
      Operand<TFloat32> context =
          tf.withName("context").train.batchMatMul(weights, projected(run, "v", x), TFloat32.class);
      tf.withName("out").identity(projected(run, "o", context));

      TracedNetwork traced =
          NetworkTracer.of(run.graph()).input("x").input("ids").output("out").trace();

      Attention keys = (Attention) wiring(traced.network(), "k", "context");
      assertThat(wiring(traced.network(), "v", "context")).isEqualTo(keys);
      assertThat(wiring(traced.network(), "q", "context")).isEqualTo(new Attention(1, Reach.SELF));
      return keys.reach();
    }
  }

  private static Operand<TFloat32> projected(GraphRun run, String name, Operand<TFloat32> x) {
    Operand<TFloat32> kernel =
        run.tf()
            .readVariableOp(
                run.resource(name + "/kernel", Shape.of(6, 6), new float[36]), TFloat32.class);
    return run.tf().linalg.einsum(List.of(x, kernel), "btd,de->bte");
  }

  private static Operand<TFloat32> penalised(GraphRun run, Operand<TFloat32> scores) {
    return add(
        run,
        scores,
        run.tf()
            .math
            .mul(run.tf().math.sub(triangle(run.tf()), scalar(run, 1)), scalar(run, 1e9f)));
  }

  private static Operand<TFloat32> add(
      GraphRun run, Operand<TFloat32> scores, Operand<TFloat32> mask) {
    return run.tf().math.add(scores, mask);
  }

  /* A constant, above the diagonal. */
  private static Operand<TFloat32> later(GraphRun run, float value) {
    float[] values = new float[POSITIONS * POSITIONS];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % POSITIONS > i / POSITIONS ? value : 0;
    }
    return run.constant(Shape.of(POSITIONS, POSITIONS), values);
  }

  /* Ones on and below the diagonal. */
  private static Operand<TFloat32> triangle(Ops tf) {
    Operand<TFloat32> ones =
        tf.fill(tf.constant(new int[] {POSITIONS, POSITIONS}), tf.constant(1f));
    return tf.linalg.bandPart(ones, tf.constant(-1), tf.constant(0));
  }

  private static Operand<TFloat32> scalar(GraphRun run, float value) {
    return run.tf().constant(value);
  }

  /* 1 where a key is real, [batch, 1, positions]. */
  private static Operand<TFloat32> real(GraphRun run) {
    Ops tf = run.tf();
    Operand<TInt32> ids = run.graph().operation("ids").<TInt32>output(0);
    return tf.expandDims(
        tf.dtypes.cast(tf.math.notEqual(ids, tf.constant(0)), TFloat32.class), tf.constant(1));
  }

  private static Operand<TFloat32> padding(GraphRun run) {
    return run.tf().math.mul(run.tf().math.sub(real(run), scalar(run, 1)), scalar(run, 1e9f));
  }
}
