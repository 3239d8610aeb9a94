package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.input;
import static org.tfemergence.emergence.trace.TraceChecks.ones;
import static org.tfemergence.emergence.trace.TraceChecks.table;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Split;
import org.tensorflow.op.data.Iterator;
import org.tensorflow.op.data.IteratorGetNext;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;

/** What feeds a graph and is no input of the trace is not taken for a constant. */
final class UndeclaredSourceTraceTest {
  @Test
  void trace_secondPlaceholder_isNamedUnlessDeclared() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> left = dense(run, "left", input(run, "x", 4));
      Operand<TFloat32> right = dense(run, "right", input(run, "y", 4));
      tf.withName("out").math.add(left, right);
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("Placeholder 'y'")
          .withMessageContaining("[-1, 4]");
      assertThatIllegalArgumentException()
          .isThrownBy(tracer.unknown(Unknown.OPAQUE)::trace)
          .withMessageContaining("Placeholder 'y'");
      assertThat(table(tracer.input("y").trace().network()))
          .containsExactlyInAnyOrder("left [5] 25", "right [5] 25");
    }
  }

  @Test
  void trace_secondOutputOfTheInput_isNamedUnlessDeclared() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Iterator iterator =
          tf.data.iterator("", "", List.of(TFloat32.class, TFloat32.class), shapes());
      IteratorGetNext next =
          tf.withName("next")
              .data
              .iteratorGetNext(iterator, List.of(TFloat32.class, TFloat32.class), shapes());
      Output<TFloat32> first = next.op().output(0);
      Output<TFloat32> second = next.op().output(1);
      tf.withName("out").math.add(dense(run, "left", first), dense(run, "right", second));
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("next:0").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("IteratorGetNext 'next'");
      assertThat(table(tracer.input("next:1").trace().network()))
          .containsExactlyInAnyOrder("left [5] 25", "right [5] 25");
    }
  }

  @Test
  void trace_secondOutputOfAnInnerInput_isNamed() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Split<TFloat32> split = tf.withName("halves").split(tf.constant(1), input(run, "all", 8), 2L);
      Operand<TFloat32> left = dense(run, "left", split.output().get(0));
      Operand<TFloat32> right = dense(run, "right", split.output().get(1));
      tf.withName("out").math.add(left, right);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkTracer.of(run.graph()).input("halves:0").output("out").trace())
          .withMessageContaining("Split 'halves'");
    }
  }

  /* As TensorFlow 1 has them; a tensor that is declared constant is one. */
  @Test
  void trace_scalarsAndDeclaredConstants_areConstants() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> rate =
          tf.withName("rate").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
      Operand<TFloat32> weight = input(run, "weight", 5);
      Operand<TFloat32> scaled =
          tf.math.mul(tf.math.mul(dense(run, "left", input(run, "x", 4)), rate), weight);
      tf.withName("out").identity(scaled);
      NetworkTracer tracer = NetworkTracer.of(run.graph()).input("x").output("out");

      assertThatIllegalArgumentException()
          .isThrownBy(tracer::trace)
          .withMessageContaining("Placeholder 'weight'");
      assertThat(table(tracer.constant("weight").trace().network())).containsExactly("left [5] 25");
    }
  }

  /* A signature may list them among its inputs. */
  @Test
  void trace_scalarInput_isFedAndIsNoInputOfALayer() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> kept =
          tf.withName("kept").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
      tf.withName("out").math.mul(dense(run, "left", input(run, "x", 4)), kept);

      TracedNetwork traced =
          NetworkTracer.of(run.graph()).input("x").input("kept").output("out").trace();

      assertThat(table(traced.network())).containsExactly("left [5] 25");
      assertThat(traced.inputs()).containsEntry("kept", kept.asOutput());
    }
  }

  private static List<Shape> shapes() {
    return List.of(Shape.of(-1, 4), Shape.of(-1, 4));
  }

  private static Operand<TFloat32> dense(GraphRun run, String name, Operand<TFloat32> x) {
    Ops tf = run.tf();
    Operand<TFloat32> product = tf.linalg.matMul(x, ones(run, name + "/kernel", 4, 5));
    return tf.math.add(product, ones(run, name + "/bias", 5));
  }
}
