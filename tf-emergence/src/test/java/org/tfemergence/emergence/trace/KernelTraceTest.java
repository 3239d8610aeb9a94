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
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.KernelMasks;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;

/** Which variables are handed out as kernels, and which are not, by the reason. */
final class KernelTraceTest {
  private static final List<Long> STRIDE_1 = List.of(1L, 1L, 1L, 1L);

  private interface Kernel extends BiFunction<GraphRun, Operand<TFloat32>, Operand<TFloat32>> {}

  /* Of whatever shape, its weights lie one after the other as in a kernel of [4, 6]. */
  @Test
  void kernels_ofSameValuesInTheSameOrder_areHandedOut() {
    assertReadable(new long[] {4, 6}, (run, w) -> w);
    assertReadable(new long[] {4, 2, 3}, (run, w) -> run.tf().reshape(w, run.tf().array(4, 6)));
    assertReadable(new long[] {1, 4, 6}, (run, w) -> run.tf().squeeze(w));
    assertReadable(new long[] {4, 6}, (run, w) -> run.tf().identity(w));
    assertReadable(
        new long[] {4, 6},
        (run, w) -> run.tf().dtypes.cast(run.tf().dtypes.cast(w, TFloat64.class), TFloat32.class));
  }

  @Test
  void kernels_ofOtherValuesOrAnotherOrder_areHiddenByName() {
    assertHidden(
        "Mul 'used'",
        new long[] {4, 6},
        (run, w) -> run.tf().withName("used").math.mul(w, run.constant(Shape.of(4, 6), mask())));
    assertHidden(
        "Transpose 'used'",
        new long[] {2, 3, 4},
        (run, w) -> {
          Ops tf = run.tf();
          Operand<TFloat32> turned =
              tf.withName("used").linalg.transpose(w, tf.constant(new int[] {2, 0, 1}));
          return tf.reshape(turned, tf.array(4, 6));
        });
    assertHidden(
        "Sign 'used'", new long[] {4, 6}, (run, w) -> run.tf().withName("used").math.sign(w));
  }

  /* Connections as the transposed values tell them, taken of ones and zeros by hand. */
  @Test
  void kernels_thatAreTransposed_areHandedOutAsSuch() {
    for (int way = 0; way < 3; way++) {
      try (GraphRun run = new GraphRun()) {
        Ops tf = run.tf();
        Operand<TFloat32> x = tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 3));
        Operand<TFloat32> kernel =
            tf.readVariableOp(
                run.resource("last/kernel", Shape.of(2, 3), 1, 0, 1, 0, 0, 1), TFloat32.class);
        Ops out = tf.withName("out");
        Operand<TFloat32> y =
            switch (way) {
              case 0 -> out.linalg.matMul(x, kernel, MatMul.transposeB(true));
              case 1 -> out.linalg.einsum(List.of(x, kernel), "bd,ed->be");
              default -> out.linalg.matMul(x, tf.linalg.transpose(kernel, tf.array(1, 0)));
            };

        TracedNetwork traced = trace(run);

        assertThat(y.asOutput().shape().get(1)).isEqualTo(2);
        assertThat(traced.allKernels().get("first").isTransposed()).isFalse();
        assertThat(traced.allKernels().get("last").isTransposed()).isTrue();
        Operand<TBool> there =
            KernelMasks.build(tf, traced.network(), traced.allKernels()).get("first", "last");
        run.session().initialize();
        assertThat(run.floats(tf.dtypes.cast(there, TFloat32.class)))
            .containsExactly(1, 0, 0, 0, 1, 1);
      }
    }
  }

  /* A variable of another shape, reshaped on its way, is no transpose of what is multiplied with. */
  @Test
  void kernels_thatAreReshapedAndTransposed_areHidden() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> kernel = tf.reshape(ones(run, "first/kernel", 3, 8), tf.array(6, 4));
      tf.withName("out").linalg.matMul(input(run, "x", 4), kernel, MatMul.transposeB(true));

      TracedNetwork traced = trace(run);

      assertThat(traced.kernels()).isEmpty();
      assertThat(traced.hiddenKernels().get("first")).contains("MatMul 'out'");
    }
  }

  /* Each layer by a name of its own, which is no other variable's. */
  @Test
  void kernels_thatLayersShare_countOnceAndTakeNoNeighboursName() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> kernel = ones(run, "dense/kernel", 4, 4);
      Operand<TFloat32> once = tf.nn.relu(tf.linalg.matMul(input(run, "x", 4), kernel));
      Operand<TFloat32> twice = tf.nn.relu(tf.linalg.matMul(once, kernel));
      tf.withName("out").linalg.matMul(twice, ones(run, "dense_2/kernel", 4, 6));

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network()))
          .containsExactly("dense [4] 16", "dense#2 [4] 0", "dense_2 [6] 24");
      assertThat(wiring(traced.network(), "dense", "dense#2")).isEqualTo(new Wiring.Dense());
      assertThat(traced.allKernels().get("dense#2").name()).isEqualTo("dense/kernel");
      assertThat(activations(traced, "dense")).isEqualTo(once.asOutput());
      assertThat(activations(traced, "dense#2")).isEqualTo(twice.asOutput());
    }
  }

  /* [out, in, height, width], as PyTorch has it, of the same number of weights as TensorFlow's. */
  @Test
  void kernels_ofConvolutionsThatAreTransposed_areHidden() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> kernel =
          tf.withName("turned")
              .linalg
              .transpose(
                  ones(run, "first/kernel", 2, 1, 3, 3), tf.constant(new int[] {2, 3, 1, 0}));
      tf.withName("out").nn.conv2d(input(run, "x", 5, 5, 1), kernel, STRIDE_1, "SAME");

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network())).containsExactly("first [5, 5, 2] 18");
      assertThat(traced.kernels()).isEmpty();
      assertThat(traced.hiddenKernels().get("first")).contains("Transpose 'turned'");
    }
  }

  /* y[b, g, o] = sum over i of x[b, g, i] w[g, i, o]: groups see only themselves. */
  @Test
  void trace_productPerGroup_isNotDense() {
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> kernel = ones(run, "first/kernel", 2, 3, 4);
      run.tf()
          .withName("out")
          .linalg
          .einsum(List.of(input(run, "x", 2, 3), kernel), "bgi,gio->bgo");

      assertThatIllegalArgumentException()
          .isThrownBy(() -> trace(run))
          .withMessageContaining("Einsum 'out'")
          .withMessageContaining("bgi,gio->bgo");
    }
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> kernel = ones(run, "first/kernel", 1, 2, 3, 4);
      run.tf().withName("out").train.batchMatMul(input(run, "x", 2, 5, 3), kernel, TFloat32.class);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> trace(run))
          .withMessageContaining("'out'");
    }
    // One group for all is none.
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> kernel = ones(run, "first/kernel", 1, 3, 4);
      run.tf().withName("out").train.batchMatMul(input(run, "x", 5, 3), kernel, TFloat32.class);

      assertThat(table(trace(run).network())).containsExactly("first [5, 4] 12");
    }
  }

  /* A look-up of whole numbers is no layer. */
  @Test
  void trace_tableOfIntegers_isNoLayer() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TInt32> ids = tf.dtypes.cast(input(run, "x", 3), TInt32.class);
      Operand<TInt32> renamed = tf.gather(tf.array(2, 0, 1), ids, tf.constant(0));
      Operand<TFloat32> rows =
          tf.gather(ones(run, "words/embeddings", 3, 2), renamed, tf.constant(0));
      tf.withName("out").identity(rows);

      assertThat(table(trace(run).network())).containsExactly("words [3, 2] 6");
    }
  }

  private static void assertReadable(long[] shape, Kernel kernel) {
    try (GraphRun run = new GraphRun()) {
      dense(run, shape, kernel);

      TracedNetwork traced = trace(run);

      assertThat(traced.kernels().get("first").name()).isEqualTo("first/kernel");
      assertThat(traced.hiddenKernels()).isEmpty();
    }
  }

  private static void assertHidden(String reason, long[] shape, Kernel kernel) {
    try (GraphRun run = new GraphRun()) {
      dense(run, shape, kernel);

      TracedNetwork traced = trace(run);

      assertThat(table(traced.network())).containsExactly("first [6] 24");
      assertThat(traced.kernels()).isEmpty();
      assertThat(traced.hiddenKernels().get("first")).contains(reason);
    }
  }

  private static void dense(GraphRun run, long[] shape, Kernel kernel) {
    Operand<TFloat32> used = kernel.apply(run, ones(run, "first/kernel", shape));
    run.tf().withName("out").linalg.matMul(input(run, "x", 4), used);
  }

  private static float[] mask() {
    float[] mask = new float[24];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i % 2;
    }
    return mask;
  }
}
