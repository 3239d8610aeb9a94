package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.activations;
import static org.tfemergence.emergence.trace.TraceChecks.input;
import static org.tfemergence.emergence.trace.TraceChecks.ones;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.trace;
import static org.tfemergence.emergence.trace.TraceChecks.wiring;

import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.testing.GraphRun;

/** A softmax of logits changes no layer; one between layers joins all units. */
final class SoftmaxTraceTest {
  @Test
  void trace_softmaxBehindTheLogits_isTransparent() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> logits =
          tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
      tf.withName("out").identity(tf.identity(tf.nn.softmax(logits)));

      assertThat(activations(trace(run), "first")).isEqualTo(logits.asOutput());
    }
  }

  @Test
  void trace_softmaxBetweenLayers_isRefusedOrTakenAsAllToAll() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> hidden =
          tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
      Operand<TFloat32> shares = tf.identity(tf.withName("shares").nn.softmax(hidden));
      tf.withName("out").linalg.matMul(shares, ones(run, "last/kernel", 6, 2));
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("Softmax 'shares'");
      TracedNetwork traced = tracer.unknown(Unknown.OPAQUE).trace();
      assertThat(table(traced.network())).containsExactly("first [6] 24", "last [2] 12");
      assertThat(traced.opaque()).containsExactly("Softmax 'shares'");
      assertThat(wiring(traced.network(), "first", "shares")).isEqualTo(new Dense());
      assertThat(wiring(traced.network(), "shares", "last")).isEqualTo(new Dense());
    }
  }
}
