package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.Perturbations.check;
import static org.tfemergence.emergence.trace.TraceChecks.input;
import static org.tfemergence.emergence.trace.TraceChecks.ones;
import static org.tfemergence.emergence.trace.TraceChecks.table;
import static org.tfemergence.emergence.trace.TraceChecks.trace;
import static org.tfemergence.emergence.trace.TraceChecks.wiring;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.emergence.network.Wiring.Selection;
import org.tfemergence.emergence.testing.GraphRun;

/** Parts of layers: each case is perturbed, unit by unit, and must be wired as it reacts. */
final class SelectionTraceTest {
  @Test
  void trace_split_isWhatPerturbationsSee() {
    check(
        (tf, x) -> {
          List<Operand<TFloat32>> parts = List.copyOf(tf.split(tf.constant(3), x, 3L).output());
          return tf.math.add(parts.get(0), parts.get(2));
        });
    check((tf, x) -> tf.split(tf.constant(1), x, 3L).output().get(1));
    check((tf, x) -> tf.splitV(x, tf.array(1, -1, 2), tf.constant(-1), 3L).output().get(1));
  }

  @Test
  void trace_slice_isWhatPerturbationsSee() {
    check((tf, x) -> tf.slice(x, tf.array(0, 1, 0, 2), tf.array(-1, 2, -1, 3)));
    // x[:, 1:, ::2, -2:]
    check(
        (tf, x) ->
            tf.stridedSlice(
                x,
                tf.array(0, 1, 0, -2),
                tf.array(0, 0, 0, 0),
                tf.array(1, 1, 2, 1),
                StridedSlice.beginMask(5L),
                StridedSlice.endMask(15L)));
    // x[..., 1:3]
    check(
        (tf, x) ->
            tf.stridedSlice(
                x, tf.array(0, 1), tf.array(0, 3), tf.array(1, 1), StridedSlice.ellipsisMask(1L)));
  }

  @Test
  void trace_singlePlaces_areWhatPerturbationsSee() {
    // x[:, -1] and x[:, :, 2]
    check(
        (tf, x) ->
            tf.expandDims(
                tf.stridedSlice(
                    x,
                    tf.array(0, -1),
                    tf.array(0, 0),
                    tf.array(1, 1),
                    StridedSlice.beginMask(1L),
                    StridedSlice.endMask(1L),
                    StridedSlice.shrinkAxisMask(2L)),
                tf.constant(1)));
    check(
        (tf, x) ->
            tf.expandDims(
                tf.stridedSlice(
                    x,
                    tf.array(0, 0, 2),
                    tf.array(0, 0, 3),
                    tf.array(1, 1, 1),
                    StridedSlice.beginMask(3L),
                    StridedSlice.endMask(3L),
                    StridedSlice.shrinkAxisMask(4L)),
                tf.constant(1)));
    check(
        (tf, x) ->
            tf.expandDims(tf.unstack(x, 5L, Unstack.axis(2L)).output().get(3), tf.constant(1)));
  }

  @Test
  void trace_partOfTransposedUnits_isWhatPerturbationsSee() {
    check(
        (tf, x) -> {
          Operand<TFloat32> turned = tf.linalg.transpose(x, tf.array(0, 3, 2, 1));
          Operand<TFloat32> part = tf.slice(turned, tf.array(0, 2, 1, 0), tf.array(-1, 3, 2, -1));
          return tf.linalg.transpose(part, tf.array(0, 3, 2, 1));
        });
  }

  @Test
  void trace_paddedChannels_areWhatPerturbationsSee() {
    check(
        (tf, x) ->
            tf.pad(x, tf.constant(new int[][] {{0, 0}, {0, 0}, {0, 0}, {1, 2}}), tf.constant(0f)));
  }

  /* So is a batch served that must not be empty: an example is added, and left out behind. */
  @Test
  void trace_asManyExamplesAsWereGiven_isWhatPerturbationsSee() {
    check(
        (tf, x) -> {
          Operand<TInt32> batch = tf.gather(tf.shape(x), tf.array(0), tf.constant(0));
          Operand<TInt32> size = tf.concat(List.of(batch, tf.array(-1, 3, 6)), tf.constant(0));
          return tf.slice(x, tf.array(0, 0, 1, 0), size);
        });
  }

  @Test
  void trace_partOfTheBatch_isRefused() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> first =
          tf.linalg.matMul(input(run, "x", 4), ones(run, "first/kernel", 4, 6));
      Operand<TFloat32> part = tf.withName("part").slice(first, tf.array(1, 0), tf.array(-1, -1));
      tf.withName("out").identity(part);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> trace(run))
          .withMessageContaining("Slice 'part' is not understood: it takes a part of the batch");
    }
  }

  /* Queries, keys and values of one kernel, as GPT-2 has them. */
  @Test
  void trace_fusedAttention_takesItsPartsOfOneLayer() {
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Operand<TFloat32> fused =
          tf.linalg.einsum(
              List.of(input(run, "x", 3, 4), ones(run, "qkv/kernel", 4, 12)), "btd,de->bte");
      List<Operand<TFloat32>> parts =
          List.copyOf(tf.withName("parts").split(tf.constant(2), fused, 3L).output());
      Operand<TFloat32> scores =
          tf.train.batchMatMul(
              heads(tf, parts.get(0)),
              heads(tf, parts.get(1)),
              TFloat32.class,
              BatchMatMul.adjY(true));
      Operand<TFloat32> context =
          tf.withName("context")
              .train
              .batchMatMul(tf.nn.softmax(scores), heads(tf, parts.get(2)), TFloat32.class);
      Operand<TFloat32> merged =
          tf.reshape(tf.linalg.transpose(context, tf.array(0, 2, 1, 3)), tf.array(-1, 3, 4));
      tf.withName("out").linalg.einsum(List.of(merged, ones(run, "o/kernel", 4, 4)), "btd,de->bte");

      Network network = trace(run).network();

      assertThat(table(network)).containsExactly("qkv [3, 12] 48", "o [3, 4] 16");
      assertThat(wiring(network, "qkv", "parts")).isEqualTo(new Selection(1, 0, 4));
      assertThat(wiring(network, "qkv", "parts:1")).isEqualTo(new Selection(1, 4, 4));
      assertThat(wiring(network, "qkv", "parts:2")).isEqualTo(new Selection(1, 8, 4));
      assertThat(wiring(network, "parts", "context")).isEqualTo(new Attention(2, Reach.SELF));
      assertThat(wiring(network, "parts:1", "context")).isEqualTo(new Attention(2, Reach.ALL));
      assertThat(wiring(network, "parts:2", "context")).isEqualTo(new Attention(2, Reach.ALL));
      assertThat(wiring(network, "context", "o")).isEqualTo(new Wiring.PerPosition());
    }
  }

  private static Operand<TFloat32> heads(Ops tf, Operand<TFloat32> x) {
    return tf.linalg.transpose(tf.reshape(x, tf.array(-1, 3, 2, 2)), tf.array(0, 2, 1, 3));
  }
}
