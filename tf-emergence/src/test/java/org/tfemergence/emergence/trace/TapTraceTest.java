package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tfemergence.emergence.trace.TraceChecks.activations;
import static org.tfemergence.emergence.trace.TraceChecks.input;
import static org.tfemergence.emergence.trace.TraceChecks.ones;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.trace;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TFloating;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.testing.GraphRun;

/** Where layers are read that are biased and activated while transposed or padded. */
final class TapTraceTest {
  private static final List<Long> STRIDE_1 = List.of(1L, 1L, 1L, 1L);

  /* The same layer without the transposition is the oracle. */
  @Test
  void trace_activationOfTransposedUnits_isReadInTheLayersOrder() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> conv = conv(run);
      Operand<TFloat32> turned = tf.linalg.transpose(conv, tf.constant(new int[] {0, 3, 1, 2}));
      Operand<TFloat32> bias = run.constant(Shape.of(3, 1, 1), -1, 0.5f, 2);
      Operand<TFloat32> learnt = ones(run, "first/bias", 3, 1, 1);
      Operand<TFloat32> relu = tf.nn.relu(tf.math.add(tf.math.add(turned, learnt), bias));
      Operand<TFloat32> back = tf.linalg.transpose(relu, tf.constant(new int[] {0, 2, 3, 1}));
      tf.withName("out").nn.conv2d(back, ones(run, "next/kernel", 2, 2, 3, 1), STRIDE_1, "VALID");
      Operand<TFloat32> plain =
          tf.nn.relu(tf.math.add(conv, run.constant(Shape.of(3), 0, 1.5f, 3)));

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network()))
          .containsExactly("first [4, 5, 3] 21", "next [3, 4, 1] 12");
      requireSame(run, activations(traced, "first").expect(TFloat32.class), plain);
    }
  }

  @Test
  void trace_normalizationOfTransposedUnits_isReadInTheLayersOrderOnBothSides() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> conv = conv(run);
      Operand<TFloat32> turned = tf.linalg.transpose(conv, tf.constant(new int[] {0, 3, 1, 2}));
      Operand<TFloat32> biased = tf.math.add(turned, ones(run, "first/bias", 3, 1, 1));
      Operand<TFloat32> scaled = tf.math.mul(biased, ones(run, "norm/gamma", 3, 1, 1));
      Operand<TFloat32> tanh = tf.math.tanh(scaled);
      Operand<TFloat32> back = tf.linalg.transpose(tanh, tf.constant(new int[] {0, 2, 3, 1}));
      tf.withName("out").nn.conv2d(back, ones(run, "next/kernel", 2, 2, 3, 1), STRIDE_1, "VALID");
      Operand<TFloat32> plain = tf.math.add(conv, tf.constant(1f));

      TracedNetwork traced = trace(run);

      requireSame(run, activations(traced, "first").expect(TFloat32.class), tf.math.tanh(plain));
      requireSame(run, traced.taps().get(0).at(TapPoint.BEFORE_NORMALIZATION).activations(), plain);
    }
  }

  @Test
  void trace_activationOfPaddedUnits_isReadWithoutThePadding() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> conv = conv(run);
      Operand<TFloat32> padded =
          tf.pad(conv, tf.constant(new int[][] {{0, 0}, {1, 0}, {0, 2}, {0, 0}}), tf.constant(0f));
      Operand<TFloat32> relu = tf.nn.relu(padded);
      tf.withName("out").nn.conv2d(relu, ones(run, "next/kernel", 3, 3, 3, 1), STRIDE_1, "VALID");

      TracedNetwork traced = trace(run);

      requireSame(run, activations(traced, "first").expect(TFloat32.class), tf.nn.relu(conv));
    }
  }

  /* As queries are divided by the root of a head's width: the layer's own output is in front. */
  @Test
  void trace_kernelOutputTimesANumber_isReadInFront() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> conv = conv(run);
      Operand<TFloat32> turned = tf.linalg.transpose(conv, tf.constant(new int[] {0, 3, 1, 2}));
      Operand<TFloat32> scaled = tf.math.mul(tf.math.mul(turned, tf.constant(3f)), tf.constant(2f));
      Operand<TFloat32> back = tf.linalg.transpose(scaled, tf.constant(new int[] {0, 2, 3, 1}));
      tf.withName("out").nn.conv2d(back, ones(run, "next/kernel", 2, 2, 3, 1), STRIDE_1, "VALID");

      assertThat(activations(trace(run), "first")).isEqualTo(conv.asOutput());
    }
  }

  /* What the graph computes, cast by hand. */
  @Test
  void trace_otherFloats_areReadAsFloat32() {
    for (Class<? extends TFloating> type :
        List.of(TFloat16.class, TBfloat16.class, TFloat64.class)) {
      requireReadAsFloat32(type);
    }
  }

  private static <T extends TFloating> void requireReadAsFloat32(Class<T> type) {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> conv = conv(run);
      Operand<T> relu = tf.nn.relu(tf.dtypes.cast(conv, type));
      Operand<T> kernel = tf.dtypes.cast(ones(run, "next/kernel", 60, 2), type);
      Operand<T> next = tf.linalg.matMul(tf.reshape(relu, tf.array(-1, 60)), kernel);
      tf.withName("out").dtypes.cast(next, TFloat32.class);

      TracedNetwork traced = trace(run);

      Operand<TFloat32> tap = activations(traced, "first").expect(TFloat32.class);
      assertThat(traced.kernels().keySet()).containsExactly("first", "next");
      requireSame(run, tap, tf.dtypes.cast(relu, TFloat32.class));
      assertThat(activations(traced, "next").dataType()).isEqualTo(DataType.DT_FLOAT);
    }
  }

  /* [4, 5, 3] of a [4, 5, 1] whose values have either sign. */
  private static Operand<TFloat32> conv(GraphRun run) {
    Operand<TFloat32> kernel =
        run.tf()
            .readVariableOp(
                run.resource("first/kernel", Shape.of(2, 3, 1, 3), values(18)), TFloat32.class);
    return run.tf().nn.conv2d(input(run, "x", 4, 5, 1), kernel, STRIDE_1, "SAME");
  }

  private static void requireSame(GraphRun run, Operand<TFloat32> tap, Operand<TFloat32> expected) {
    try (TFloat32 fed = GraphRun.tensor(Shape.of(2, 4, 5, 1), values(40));
        Result result = run.session().runner().feed("x", fed).fetch(tap).fetch(expected).run()) {
      assertThat(result.get(0).shape()).isEqualTo(Shape.of(2, 4, 5, 3));
      assertThat(GraphRun.floats((TFloat32) result.get(0)))
          .containsExactly(GraphRun.floats((TFloat32) result.get(1)));
    }
  }

  private static float[] values(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (i % 17 / 17.0 - 0.4);
    }
    return values;
  }
}
