package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.activations;
import static org.tfemergence.emergence.trace.TraceChecks.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;

/** What a trace does to the graph of a user who goes on with it. */
final class CopyTraceTest {
  private static final List<Long> STRIDE_1 = List.of(1L, 1L, 1L, 1L);

  @Test
  void trace_inputOfTheShapeItHas_addsNothing() {
    try (GraphRun run = new GraphRun()) {
      convolution(run, Shape.of(-1, 4, 4, 1));
      int before = run.operations();

      TracedNetwork traced = given(run).trace();

      assertThat(run.operations()).isEqualTo(before);
      assertThat(traced.inputs().get("x").op().name()).isEqualTo("x");
    }
  }

  /* The copy takes the variable itself, so there is one to train and one to save. */
  @Test
  void trace_newShape_leavesTrainingAsItWas() {
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> out = convolution(run, Shape.of(-1, -1, -1, 1));
      Ops tf = run.tf();
      Operand<TFloat32> loss = tf.math.mean(out, tf.array(0, 1, 2, 3));

      TracedNetwork traced = given(run).trace();

      // As TensorFlow's optimizers do: with respect to each variable that the graph has.
      List<Output<?>> variables = variables(run);
      assertThat(variables).hasSize(1);
      Output<?>[] gradients =
          run.graph().addGradients(loss.asOutput(), variables.toArray(new Output<?>[0]));
      Op step =
          tf.train.applyGradientDescent(
              variables.get(0).expect(TFloat32.class),
              tf.constant(0.5f),
              gradients[0].expect(TFloat32.class));
      assertThat(table(traced.network())).containsExactly("first [4, 4, 1] 1");
      try (TFloat32 ones = GraphRun.tensor(Shape.of(1, 4, 4, 1), filled())) {
        run.session().runner().feed("x", ones).addTarget(step).run().close();
        // d mean(w x) / dw = 1, so 2 - 0.5; the copy sees it.
        try (Result result =
            run.session()
                .runner()
                .feed(traced.inputs().get("x"), ones)
                .fetch(activations(traced, "first"))
                .run()) {
          assertThat(GraphRun.floats((TFloat32) result.get(0))).containsOnly(1.5f);
        }
      }
    }
  }

  @Test
  void trace_variableWithoutASharedName_isTheSameInTheCopy() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Placeholder<TFloat32> x =
          tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 1)));
      VarHandleOp handle = tf.varHandleOp(TFloat32.class, Shape.of(1, 1, 1, 1));
      Ops init = tf.withInitScope();
      init.assignVariableOp(handle, init.reshape(init.constant(3f), init.array(1, 1, 1, 1)));
      tf.withName("out").nn.conv2d(x, tf.readVariableOp(handle, TFloat32.class), STRIDE_1, "SAME");

      TracedNetwork traced = given(run).trace();

      String layer = traced.network().layers().get(0).name();
      try (TFloat32 ones = GraphRun.tensor(Shape.of(1, 4, 4, 1), filled());
          Result result =
              run.session()
                  .runner()
                  .feed(traced.inputs().get("x"), ones)
                  .fetch(activations(traced, layer))
                  .run()) {
        assertThat(GraphRun.floats((TFloat32) result.get(0))).containsOnly(3f);
      }
    }
  }

  @Test
  void trace_refused_leavesTheGraphAsItWas() {
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> out = convolution(run, Shape.of(-1, -1, -1, 1));
      run.tf().withName("odd").math.cumsum(out, run.tf().constant(1));
      int before = run.operations();

      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  NetworkTracer.of(run.graph())
                      .input("x", Shape.of(-1, 4, 4, 1))
                      .output("odd")
                      .trace())
          .withMessageContaining("Cumsum 'odd'");

      assertThat(run.operations()).isEqualTo(before);
    }
  }

  private static NetworkTracer given(GraphRun run) {
    return NetworkTracer.of(run.graph()).input("x", Shape.of(-1, 4, 4, 1)).output("out");
  }

  private static Operand<TFloat32> convolution(GraphRun run, Shape shape) {
    Ops tf = run.tf();
    Placeholder<TFloat32> x =
        tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(shape));
    Variable<TFloat32> kernel = run.reference("first_kernel", Shape.of(1, 1, 1, 1), 2);
    Operand<TFloat32> conv = tf.nn.conv2d(x, kernel, STRIDE_1, "SAME");
    return tf.withName("out").identity(conv);
  }

  private static List<Output<?>> variables(GraphRun run) {
    List<Output<?>> all = new ArrayList<>();
    run.graph()
        .operations()
        .forEachRemaining(
            operation -> {
              if (operation.type().equals("VariableV2")) {
                all.add(operation.output(0));
              }
            });
    return all;
  }

  private static float[] filled() {
    float[] ones = new float[16];
    Arrays.fill(ones, 1);
    return ones;
  }
}
