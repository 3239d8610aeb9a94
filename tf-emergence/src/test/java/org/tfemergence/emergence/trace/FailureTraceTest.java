package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
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
import org.tensorflow.types.TFloat32;
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

  /* A rank that is not known, and a transposition of a layer that makes no sense for it. */
  @Test
  void trace_anyFailure_namesTheOperation() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> first =
          tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
      Operand<TFloat32> rows = tf.expandDims(first, tf.constant(0));
      Operand<TFloat32> odd = tf.withName("odd").linalg.transpose(rows, tf.array(1, 0, 2));
      tf.withName("out").linalg.matMul(tf.squeeze(odd), ones(run, "last/kernel", 6, 2));

      assertThatIllegalArgumentException().isThrownBy(() -> trace(run)).withMessageContaining("'");
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
