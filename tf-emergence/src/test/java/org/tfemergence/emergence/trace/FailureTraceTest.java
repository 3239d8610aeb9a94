package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.activations;
import static org.tfemergence.emergence.trace.TraceChecks.input;
import static org.tfemergence.emergence.trace.TraceChecks.layer;
import static org.tfemergence.emergence.trace.TraceChecks.ones;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.trace;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.IdentityN;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.testing.GraphRun;

/** Whatever fails is told by the operation it failed at. */
final class FailureTraceTest {
  private static final List<Long> STRIDE_1 = List.of(1L, 1L, 1L, 1L);

  /* Windows that lie in the padding alone. */
  @Test
  void trace_wiringThatDoesNotFit_isNamed() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> first =
          tf.nn.conv2d(
              input(run, "x", 3, 3, 1), ones(run, "first/kernel", 1, 1, 1, 1), STRIDE_1, "SAME");
      Operand<TFloat32> padded =
          tf.pad(first, tf.constant(new int[][] {{0, 0}, {1, 1}, {1, 1}, {0, 0}}), tf.constant(0f));
      Operand<TFloat32> odd =
          tf.withName("odd")
              .nn
              .conv2d(padded, ones(run, "next/kernel", 1, 1, 1, 1), STRIDE_1, "VALID");
      tf.withName("out").identity(odd);
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("Conv2D 'odd'");
      // Nothing is left of what was begun; the kernel's weight is not lost.
      TracedNetwork traced = tracer.unknown(Unknown.OPAQUE).trace();
      assertThat(table(traced.network())).containsExactly("first [3, 3, 1] 1");
      assertThat(layer(traced.network(), "odd").parameters()).isEqualTo(1);
    }
  }

  /* As the output of one unit is often written; a probability behind it. */
  @Test
  void trace_singleUnitWithoutAnAxis_isStillTheLayer() {
    for (boolean sliced : new boolean[] {false, true}) {
      try (GraphRun run = new GraphRun()) {
        Ops tf = run.tf();
        Operand<TFloat32> logit =
            tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 1));
        Operand<TFloat32> flat =
            sliced
                ? tf.stridedSlice(
                    logit,
                    tf.array(0, 0),
                    tf.array(0, 1),
                    tf.array(1, 1),
                    StridedSlice.beginMask(1L),
                    StridedSlice.endMask(1L),
                    StridedSlice.shrinkAxisMask(2L))
                : tf.squeeze(logit, Squeeze.axis(List.of(1L)));
        tf.withName("out").math.sigmoid(flat);

        TracedNetwork traced = trace(run);

        assertThat(table(traced.network())).containsExactly("first [1] 4");
        assertThat(activations(traced, "first").shape().get(1)).isEqualTo(1);
      }
    }
  }

  @Test
  void trace_lookUpOfColumns_isRefused() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TInt32> ids = tf.dtypes.cast(input(run, "x"), TInt32.class);
      tf.withName("out").gather(ones(run, "words/embeddings", 5, 7), ids, tf.constant(1));

      assertThatIllegalArgumentException()
          .isThrownBy(() -> trace(run))
          .withMessage("operation GatherV2 'out' is not understood: it gathers along another axis");
    }
  }

  /* As often as a variable says. */
  @Test
  void trace_opaqueOperationOfUnknownShape_isNamed() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> first =
          tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
      Operand<TInt32> times = tf.dtypes.cast(ones(run, "times", 2), TInt32.class);
      tf.withName("out").tile(first, times);

      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  NetworkTracer.of(run.graph())
                      .input("x")
                      .output("out")
                      .unknown(Unknown.OPAQUE)
                      .trace())
          .withMessageContaining("operation Tile 'out' cannot be taken as all-to-all");
    }
  }

  /* A function's results may be constants beside units. */
  @Test
  void trace_identitiesOfConstantsAndUnits_passesTheUnits() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      IdentityN both = tf.identityN(List.<Operand<?>>of(tf.constant(1f), input(run, "x", 4)));
      tf.withName("out")
          .linalg
          .matMul(both.op().<TFloat32>output(1), ones(run, "first/kernel", 4, 6));

      assertThat(table(trace(run).network())).containsExactly("first [6] 24");
    }
  }

  /* A mean of all values of the input is computed from the input alone, of rank 0. */
  @Test
  void trace_scalarsOfTheInput_areStillTheInput() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(run, "x", 4);
      Operand<TFloat32> norm = tf.math.sqrt(tf.reduceSum(tf.math.square(x), tf.array(0, 1)));
      Operand<TFloat32> scaled = tf.math.div(x, tf.math.add(norm, tf.constant(1f)));
      tf.withName("out").linalg.matMul(scaled, ones(run, "first/kernel", 4, 6));

      assertThat(table(trace(run).network())).containsExactly("first [6] 24");
    }
  }

  @Test
  void trace_shapeOfALayerThatNothingElseTakes_isNoLayer() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(run, "x", 4);
      Operand<TFloat32> aside = tf.linalg.matMul(x, ones(run, "aside/kernel", 4, 6));
      Operand<TFloat32> first = tf.linalg.matMul(x, ones(run, "first/kernel", 4, 6));
      tf.withName("out").reshape(first, tf.shape(aside));

      assertThat(table(trace(run).network())).containsExactly("first [6] 24");
    }
  }

  @Test
  void trace_shapeBehindTheBatchUnknown_asksForIt() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x =
          tf.withName("x")
              .placeholder(
                  TFloat32.class, org.tensorflow.op.core.Placeholder.shape(Shape.of(-1, -1)));
      tf.withName("out").linalg.matMul(x, ones(run, "first/kernel", 4, 6));

      assertThatIllegalArgumentException()
          .isThrownBy(() -> trace(run))
          .withMessageContaining("input 'x'");
    }
  }
}
