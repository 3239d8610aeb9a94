package org.tfemergence.emergence.callback;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Counts on the device how many elements of a network's kernels are masked, which is to say exactly
 * zero. To be fetched when nothing changes the kernels.
 */
final class MaskedParameters {
  private MaskedParameters() {}

  /* Nothing where the graph does not name its kernels. */
  static Optional<Operand<TFloat64>> build(TrainingGraph graph) {
    if (graph.kernels().isEmpty()) {
      return Optional.empty();
    }
    Ops tf = graph.tf().withSubScope("masked_parameters");
    List<Operand<TFloat64>> zeros = new ArrayList<>();
    for (Weight kernel : distinct(graph.kernels().values())) {
      zeros.add(zeros(kernel.beside(tf), kernel));
    }
    return Optional.of(tf.math.addN(zeros));
  }

  /* Layers may share a kernel, as those with tied embeddings do. */
  private static Collection<Weight> distinct(Collection<Weight> kernels) {
    Map<String, Weight> byName = new LinkedHashMap<>();
    kernels.forEach(kernel -> byName.put(kernel.name(), kernel));
    return byName.values();
  }

  private static Operand<TFloat64> zeros(Ops tf, Weight kernel) {
    Operand<TFloat32> zero =
        tf.dtypes.cast(tf.math.equal(kernel.read(tf), tf.constant(0f)), TFloat32.class);
    Operand<TFloat64> zeros = sum(tf, zero, kernel.shape().numDimensions());
    return kernel.shape().numDimensions() == 2 && kernel.shape().get(0) > 1
        ? withoutPadding(tf, zero, zeros, kernel.shape().get(1))
        : zeros;
  }

  /*
   * The first row of an embedding's table is zero from the beginning, since its id is that of
   * padding. While nothing else is, nothing is masked. As soon as something is, so is that row: its
   * magnitudes are the smallest of all.
   */
  private static Operand<TFloat64> withoutPadding(
      Ops tf, Operand<TFloat32> zero, Operand<TFloat64> zeros, long width) {
    Operand<TFloat64> first =
        sum(tf, tf.slice(zero, tf.constant(new int[] {0, 0}), tf.constant(new int[] {1, -1})), 2);
    Operand<TBool> paddingAlone =
        tf.math.logicalAnd(
            tf.math.equal(first, tf.constant((double) width)), tf.math.equal(zeros, first));
    return tf.select(paddingAlone, tf.constant(0.0), zeros);
  }

  /* In float32 per output, which is exact below 2^24, and in float64 over the outputs. */
  private static Operand<TFloat64> sum(Ops tf, Operand<TFloat32> zero, int rank) {
    int[] inner = IntStream.range(0, rank - 1).toArray();
    Operand<TFloat64> perOutput =
        tf.dtypes.cast(tf.reduceSum(zero, tf.constant(inner)), TFloat64.class);
    return tf.reduceSum(perOutput, tf.constant(0)); // []
  }
}
