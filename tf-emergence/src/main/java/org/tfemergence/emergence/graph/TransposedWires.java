package org.tfemergence.emergence.graph;

import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.math.Cumsum;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.PerPosition;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.network.Wiring.Selection;

/**
 * The transpose of the connections between two layers, as operations: a value per unit of the fed
 * layer becomes, for every unit of the feeding layer, the sum over the units it feeds, as in the
 * backward pass of a linear layer of zeros and ones.
 *
 * <p>All in float64, on a few vectors at once. Without a mask no kernel is ever formed: sums over
 * channels and windows do.
 */
final class TransposedWires {
  private final Ops tf;
  private final Layer from;
  private final Layer to;
  private final int vectors;

  TransposedWires(Ops tf, Layer from, Layer to, int vectors) {
    this.tf = tf;
    this.from = from;
    this.to = to;
    this.vectors = vectors;
  }

  /**
   * Adds the product with the transpose.
   *
   * @param wiring how the layers are wired
   * @param values of the fed layer, [vectors, units]
   * @param mask which weights are there, ones and zeros in the kernel's shape; empty for all
   * @return sums for the feeding layer, [vectors, units]
   */
  Operand<TFloat64> backward(
      Wiring wiring, Operand<TFloat64> values, Optional<Operand<TFloat64>> mask) {
    Operand<TFloat64> sums;
    if (wiring instanceof PerPosition) {
      sums = perPosition(values, mask);
    } else if (wiring instanceof OneToOne oneToOne) {
      sums = oneToOne(values, oneToOne);
    } else if (wiring instanceof Selection selection) {
      sums = select(values, selection);
    } else if (wiring instanceof Convolution convolution) {
      sums =
          mask.map(
                  kernel ->
                      windows(convolution.window())
                          .convolve(map(values, to), kernel, convolution.groups()))
              .orElseGet(() -> spread(groupSums(values, convolution), convolution));
    } else if (wiring instanceof Pooling pooling) {
      sums =
          repeats(pooling.window())
              ? tf.reduceSum(map(values, to), tf.constant(2))
              : windows(pooling.window()).sums(map(values, to), to.channels());
    } else if (wiring instanceof Attention attention) {
      sums = attend(values, attention);
    } else if (wiring instanceof Dense) {
      sums = mask.map(kernel -> multiply(values, kernel)).orElseGet(() -> total(values));
    } else {
      throw new IllegalStateException("no transpose of " + wiring);
    }
    return tf.reshape(sums, ints(vectors, from.units()));
  }

  /* Every unit feeds every unit: one sum for all. */
  private Operand<TFloat64> total(Operand<TFloat64> values) {
    Operand<TFloat64> sum = tf.reduceSum(values, tf.constant(1), ReduceSum.keepDims(true));
    return tf.broadcastTo(sum, ints(vectors, from.units()));
  }

  private Operand<TFloat64> multiply(Operand<TFloat64> values, Operand<TFloat64> kernel) {
    // The small operands are transposed, never the kernel: [in, out] x [out, vectors].
    Operand<TInt32> swap = tf.constant(new int[] {1, 0});
    return tf.linalg.transpose(tf.linalg.matMul(kernel, tf.linalg.transpose(values, swap)), swap);
  }

  /* The same at each position: its channels' sum for all that feed it, or by the shared kernel. */
  private Operand<TFloat64> perPosition(
      Operand<TFloat64> values, Optional<Operand<TFloat64>> mask) {
    Operand<TFloat64> rows =
        tf.reshape(values, ints(-1, to.channels())); // [vectors * positions, out]
    return mask.<Operand<TFloat64>>map(
            kernel -> tf.linalg.matMul(rows, kernel, MatMul.transposeB(true)))
        .orElseGet(
            () ->
                tf.broadcastTo(
                    tf.reduceSum(rows, tf.constant(1), ReduceSum.keepDims(true)),
                    ints(vectors * from.units() / from.channels(), from.channels())));
  }

  private Operand<TFloat64> oneToOne(Operand<TFloat64> values, OneToOne wiring) {
    if (from.units() == to.units()) {
      return values;
    }
    Operand<TFloat64> rows = tf.reshape(values, ints(-1, to.channels()));
    return tf.slice(
        rows,
        tf.constant(new int[] {0, (int) wiring.channelOffset()}),
        tf.constant(new int[] {-1, (int) from.channels()}));
  }

  /* Units that were left out lead nowhere: zeros around the part, [outer, count, inner]. */
  private Operand<TFloat64> select(Operand<TFloat64> values, Selection wiring) {
    long inner = 1;
    for (long dimension : from.shape().subList(wiring.axis() + 1, from.shape().size())) {
      inner *= dimension;
    }
    long behind = from.shape().get(wiring.axis()) - wiring.start() - wiring.count();
    int[][] around = {{0, 0}, {Math.toIntExact(wiring.start()), Math.toIntExact(behind)}, {0, 0}};
    return tf.pad(
        tf.reshape(values, ints(-1, wiring.count(), inner)), tf.constant(around), tf.constant(0.0));
  }

  /* [vectors, height, width, out] -> [vectors, height, width, groups] */
  private Operand<TFloat64> groupSums(Operand<TFloat64> values, Convolution wiring) {
    List<Long> map = to.shape();
    Operand<TFloat64> grouped =
        tf.reshape(
            values,
            ints(
                vectors, map.get(0), map.get(1), wiring.groups(), to.channels() / wiring.groups()));
    return tf.reduceSum(grouped, tf.constant(4));
  }

  /* Each input channel of a group gets what its group's windows add up to. */
  private Operand<TFloat64> spread(Operand<TFloat64> groupSums, Convolution wiring) {
    List<Long> map = from.shape();
    long perGroup = from.channels() / wiring.groups();
    return tf.broadcastTo(
        tf.expandDims(windows(wiring.window()).sums(groupSums, wiring.groups()), tf.constant(4)),
        ints(vectors, map.get(0), map.get(1), wiring.groups(), perGroup));
  }

  /* Each unit of a map of one column feeds all columns, which may be too many for a window. */
  private boolean repeats(Window window) {
    return from.shape().get(1) == 1
        && from.shape().get(0).equals(to.shape().get(0))
        && window.equals(Window.copies(to.shape().get(1)));
  }

  private Operand<TFloat64> attend(Operand<TFloat64> values, Attention wiring) {
    long positions = from.shape().get(0);
    int heads = wiring.heads();
    Operand<TFloat64> byHead = // [vectors, target positions, heads, head width]
        tf.reshape(values, ints(vectors, to.shape().get(0), heads, to.channels() / heads));
    Operand<TFloat64> sums = tf.reduceSum(byHead, tf.constant(3));
    Operand<TFloat64> seen = // [vectors, positions or 1, heads]
        switch (wiring.reach()) {
          case ALL -> tf.reduceSum(sums, tf.constant(1), ReduceSum.keepDims(true));
          case CAUSAL -> tf.math.cumsum(sums, tf.constant(1), Cumsum.reverse(true));
          case SELF -> sums;
        };
    return tf.broadcastTo(
        tf.expandDims(seen, tf.constant(3)),
        ints(vectors, positions, heads, from.channels() / heads));
  }

  private Operand<TFloat64> map(Operand<TFloat64> values, Layer layer) {
    return tf.reshape(
        values, ints(vectors, layer.shape().get(0), layer.shape().get(1), layer.channels()));
  }

  private TransposedWindows windows(Window window) {
    return new TransposedWindows(tf, window, from, to, vectors);
  }

  private Operand<TInt32> ints(long... values) {
    int[] narrow = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = Math.toIntExact(values[i]);
    }
    return tf.constant(narrow);
  }
}
