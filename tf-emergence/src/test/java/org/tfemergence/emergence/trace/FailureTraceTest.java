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
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.IdentityN;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.types.TBool;
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

  /* A weight for each id, as wide models have it: one unit. */
  @Test
  void trace_numberForEachExample_isOneUnit() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TInt32> ids = tf.dtypes.cast(input(run, "x"), TInt32.class);
      Operand<TFloat32> weight = tf.gather(ones(run, "wide/table", 5), ids, tf.constant(0));
      tf.withName("out").math.sigmoid(weight);

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network())).containsExactly("wide [1] 5");
      assertThat(activations(traced, "wide").shape().get(1)).isEqualTo(1);
    }
  }

  /* A step function: its values are truths, be they cast or not. */
  @Test
  void trace_stepFunction_isAnActivation() {
    for (boolean cast : new boolean[] {true, false}) {
      try (GraphRun run = new GraphRun()) {
        Ops tf = run.tf();
        Operand<TFloat32> hidden =
            tf.linalg.matMul(input(run, "x", 2), ones(run, "first/kernel", 2, 3));
        Operand<TBool> step = tf.math.greater(hidden, tf.constant(0f));
        if (cast) {
          Operand<TFloat32> cells = tf.dtypes.cast(step, TFloat32.class);
          tf.withName("out").linalg.matMul(cells, ones(run, "last/kernel", 3, 2));
        } else {
          tf.withName("out").identity(step);
        }

        TracedNetwork traced = trace(run);

        assertThat(table(traced.network())).contains("first [3] 6");
        try (TFloat32 fed = GraphRun.tensor(Shape.of(2, 2), -1, -1, 0, 1);
            Result result =
                run.session().runner().feed("x", fed).fetch(activations(traced, "first")).run()) {
          assertThat(GraphRun.floats((TFloat32) result.get(0))).containsExactly(0, 0, 0, 1, 1, 1);
        }
      }
    }
  }

  /* Whole numbers that a layer is rounded to are its activations, not what they were before. */
  @Test
  void trace_roundingByACast_isAnActivation() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> hidden =
          tf.linalg.matMul(input(run, "x", 1), ones(run, "first/kernel", 1, 1));
      Operand<TFloat32> rounded =
          tf.dtypes.cast(tf.dtypes.cast(hidden, TInt32.class), TFloat32.class);
      tf.withName("out").linalg.matMul(rounded, ones(run, "last/kernel", 1, 1));

      TracedNetwork traced = trace(run);

      try (TFloat32 fed = GraphRun.tensor(Shape.of(2, 1), 0.75f, 2.5f);
          Result result =
              run.session().runner().feed("x", fed).fetch(activations(traced, "first")).run()) {
        assertThat(GraphRun.floats((TFloat32) result.get(0))).containsExactly(0, 2);
      }
    }
  }

  /* What loses the shape is named, not what needs it. */
  @Test
  void trace_inputOfUnknownShape_namesWhatMadeIt() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> x = input(run, "x", 4);
      Operand<TInt32> axis = tf.dtypes.cast(tf.reduceMax(x, tf.array(0, 1)), TInt32.class);
      Operand<TFloat32> odd =
          tf.withName("odd").reverse(tf.tile(x, tf.stack(List.of(axis, axis))), tf.array(1));
      tf.withName("out").linalg.matMul(odd, ones(run, "first/kernel", 4, 6));

      assertThatIllegalArgumentException()
          .isThrownBy(() -> trace(run))
          .withMessageMatching(
              "operation MatMul 'out' is not understood: its input 0 is of unknown shape, from Tile"
                  + " '.*' on");
    }
  }

  /* Of what is handed on together, only what is asked for must be understood. */
  @Test
  void trace_oneOfABundle_leavesTheOthersAlone() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> logits =
          tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
      tf.withName("all")
          .identityN(
              List.<Operand<?>>of(
                  logits, tf.nn.softmax(logits), tf.math.argMax(logits, tf.constant(1))));

      for (String output : List.of("all", "all:1")) {
        TracedNetwork traced = NetworkTracer.of(run.graph()).input("x").output(output).trace();

        assertThat(table(traced.network())).containsExactly("first [6] 24");
        assertThat(activations(traced, "first")).isEqualTo(logits.asOutput());
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkTracer.of(run.graph()).input("x").output("all:2").trace())
          .withMessageContaining("ArgMax");
    }
  }
}
