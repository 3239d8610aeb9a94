package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.activations;
import static org.tfemergence.emergence.trace.TraceChecks.input;
import static org.tfemergence.emergence.trace.TraceChecks.ones;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.trace;
import static org.tfemergence.emergence.trace.TraceChecks.wiring;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.testing.GraphRun;

/**
 * A softmax of logits, written out or not, changes no layer; one between layers joins all units.
 */
final class SoftmaxTraceTest {
  private static final List<Softmax> WRITTEN =
      List.of(
          (tf, x) -> tf.math.div(tf.math.exp(x), sum(tf, tf.math.exp(x))),
          (tf, x) -> {
            Operand<TFloat32> powers = tf.math.exp(tf.math.sub(x, greatest(tf, x)));
            return tf.math.div(powers, sum(tf, powers));
          },
          (tf, x) -> {
            Operand<TFloat32> powers = tf.math.exp(tf.math.mul(x, tf.constant(0.5f)));
            return tf.math.mul(powers, tf.math.reciprocal(sum(tf, powers)));
          },
          (tf, x) -> { // some classes are left out
            Operand<TFloat32> powers =
                tf.math.mul(tf.math.exp(x), tf.constant(new float[] {1, 1, 1, 0, 1, 1}));
            return tf.math.div(powers, tf.math.add(sum(tf, powers), tf.constant(1e-9f)));
          },
          (tf, x) -> tf.math.sub(x, tf.math.log(sum(tf, tf.math.exp(x)))),
          (tf, x) -> {
            Operand<TFloat32> shifted = tf.math.sub(x, greatest(tf, x));
            return tf.math.sub(shifted, tf.math.log(sum(tf, tf.math.exp(shifted))));
          },
          (tf, x) -> { // x - logsumexp(x)
            Operand<TFloat32> greatest = greatest(tf, x);
            Operand<TFloat32> powers = tf.math.exp(tf.math.sub(x, greatest));
            return tf.math.sub(x, tf.math.add(tf.math.log(sum(tf, powers)), greatest));
          });

  private interface Softmax extends BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> {}

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

  /* All that it is made of lies behind the logits; subtracting the maximum normalizes nothing. */
  @Test
  void trace_softmaxThatIsWrittenOut_isTappedAtTheLogits() {
    for (Softmax softmax : WRITTEN) {
      try (GraphRun run = new GraphRun()) {
        Ops tf = run.tf();
        Operand<TFloat32> logits =
            tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
        tf.withName("out").identity(softmax.apply(tf, logits));

        TracedNetwork traced = trace(run);

        assertThat(table(traced.network())).containsExactly("first [6] 24");
        assertThat(activations(traced, "first")).isEqualTo(logits.asOutput());
        assertThat(traced.taps().get(0).kernelOutput()).isEmpty();
      }
    }
  }

  @Test
  void trace_softmaxThatIsWrittenOutBetweenLayers_isRefusedOrTakenAsAllToAll() {
    for (Softmax softmax : WRITTEN) {
      try (GraphRun run = new GraphRun()) {
        Ops tf = run.tf();
        Operand<TFloat32> hidden =
            tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
        Operand<TFloat32> shares = softmax.apply(tf.withSubScope("shares"), hidden);
        tf.withName("out").linalg.matMul(shares, ones(run, "last/kernel", 6, 2));
        NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");
        String last = shares.op().name();

        assertThatIllegalArgumentException()
            .isThrownBy(tracer::trace)
            .withMessageContaining("'" + last + "' is not understood")
            .withMessageContaining("each output depends on all units");
        TracedNetwork traced = tracer.unknown(Unknown.OPAQUE).trace();
        assertThat(table(traced.network())).containsExactly("first [6] 24", "last [2] 12");
        assertThat(traced.opaque()).hasSize(1);
        assertThat(wiring(traced.network(), "first", last)).isEqualTo(new Dense());
        assertThat(activations(traced, "first")).isEqualTo(hidden.asOutput());
      }
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

  /* What a function returns beside what is asked for need not be understood. */
  @Test
  void trace_resultsOfAFunction_areEachByThemselves() {
    ConcreteFunction classify =
        ConcreteFunction.create(
            tf -> {
              Operand<TFloat32> x =
                  tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 6)));
              Operand<TFloat32> shifted = tf.math.add(x, tf.constant(1f));
              return Signature.builder()
                  .input("x", x)
                  .output("cls", shifted)
                  .output("prob", tf.nn.softmax(shifted))
                  .output("id", tf.math.argMax(shifted, tf.constant(1)))
                  .build();
            });
    try (classify;
        GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> first =
          tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
      Map<String, Operand<?>> results = tf.call(classify, Map.of("x", first));
      results.forEach((name, result) -> tf.withName(name).identity(result));
      Function<String, NetworkTracer> tracer =
          output -> NetworkTracer.of(run.graph()).input("x").output(output);

      for (String output : List.of("cls", "prob")) {
        TracedNetwork traced = tracer.apply(output).trace();

        assertThat(table(traced.network())).containsExactly("first [6] 24");
        assertThat(activations(traced, "first").op().type()).isEqualTo("Add");
      }
      assertThat(tracer.apply("cls").output("prob").trace().network().layers()).hasSize(1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> tracer.apply("id").trace())
          .withMessageContaining("ArgMax");
    }
  }

  private static Operand<TFloat32> sum(Ops tf, Operand<TFloat32> x) {
    return tf.reduceSum(x, tf.constant(-1), ReduceSum.keepDims(true));
  }

  private static Operand<TFloat32> greatest(Ops tf, Operand<TFloat32> x) {
    return tf.stopGradient(tf.reduceMax(x, tf.constant(-1), ReduceMax.keepDims(true)));
  }
}
