package org.tfemergence.emergence.graph;

import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Window;

/**
 * The transpose of windows over a map, as operations: what each window of the fed map holds goes
 * back to the positions of the feeding map that lie in it.
 *
 * <p>A fixed number of operations, whatever the maps, the window and the number of groups. Strides
 * may be unequal, which TensorFlow's gradients of depthwise convolutions do not take: sums go along
 * one axis at a time, and kernels of groups lie over a map whose strides are filled with zeros.
 */
final class TransposedWindows {
  private static final List<Long> EACH = List.of(1L, 1L, 1L, 1L);

  private final Ops tf;
  private final Window window;
  private final int vectors;
  private final long height;
  private final long width;
  private final long outputHeight;
  private final long outputWidth;

  /**
   * Makes the windows between two layers.
   *
   * @param tf where to add operations
   * @param window where the windows lie
   * @param from the layer that feeds, a map
   * @param to the layer that is fed, a map
   * @param vectors how many values there are of each unit
   */
  TransposedWindows(Ops tf, Window window, Layer from, Layer to, int vectors) {
    this.tf = tf;
    this.window = window;
    this.vectors = vectors;
    height = from.shape().get(0);
    width = from.shape().get(1);
    outputHeight = to.shape().get(0);
    outputWidth = to.shape().get(1);
  }

  /**
   * Adds the sum over the windows that a position lies in, channel by channel.
   *
   * @param values of the fed map, [vectors, output height, output width, channels]
   * @param channels the number of channels
   * @return of the feeding map, [vectors, height, width, channels]
   */
  Operand<TFloat64> sums(Operand<TFloat64> values, long channels) {
    Operand<TFloat64> rows = // [vectors, height, 1, output width * channels]
        along(
            tf.reshape(values, ints(vectors, outputHeight, 1, outputWidth * channels)),
            window.height(),
            window.strideHeight(),
            window.top(),
            height);
    Operand<TFloat64> columns = // [vectors * height, width, 1, channels]
        along(
            tf.reshape(rows, ints(vectors * height, outputWidth, 1, channels)),
            window.width(),
            window.strideWidth(),
            window.left(),
            width);
    return tf.reshape(columns, ints(vectors, height, width, channels));
  }

  /* Along one axis: [outer, outputs, 1, inner] -> [outer, inputs, 1, inner]. */
  private Operand<TFloat64> along(
      Operand<TFloat64> values, long size, long stride, long before, long inputs) {
    long outer = values.asOutput().shape().get(0);
    long inner = values.asOutput().shape().get(3);
    long reach = (values.asOutput().shape().get(1) - 1) * stride + size;
    Operand<TFloat64> reached =
        tf.nn.depthwiseConv2dNativeBackpropInput(
            ints(outer, reach, 1, inner),
            tf.fill(ints(size, 1, inner, 1), tf.constant(1.0)),
            values,
            List.of(1L, stride, stride, 1L), // there is but one column
            "VALID");
    return crop(reached, before, reach, inputs, 0, 1, 1);
  }

  /**
   * Adds the transpose of a convolution.
   *
   * @param values of the fed map, [vectors, output height, output width, out]
   * @param kernel [window height, window width, in per group, out]
   * @param groups the number of groups
   * @return of the feeding map, [vectors, height, width, in]
   */
  Operand<TFloat64> convolve(Operand<TFloat64> values, Operand<TFloat64> kernel, int groups) {
    long in = kernel.asOutput().shape().get(2);
    long out = kernel.asOutput().shape().get(3);
    if (groups == 1) {
      return whole(values, kernel, in);
    }
    Operand<TFloat64> map = spread(values, out);
    Operand<TFloat64> turned = tf.reverse(kernel, tf.constant(new int[] {0, 1}));
    return in == 1
        ? depthwise(map, turned, groups, out / groups)
        : grouped(map, turned, groups, in, out / groups);
  }

  private Operand<TFloat64> whole(Operand<TFloat64> values, Operand<TFloat64> kernel, long in) {
    long rows = (outputHeight - 1) * window.strideHeight() + window.height();
    long columns = (outputWidth - 1) * window.strideWidth() + window.width();
    Operand<TFloat64> reached =
        tf.nn.conv2dBackpropInput(
            ints(vectors, rows, columns, in),
            kernel,
            values,
            List.of(1L, (long) window.strideHeight(), (long) window.strideWidth(), 1L),
            "VALID");
    return crop(reached, window.top(), rows, height, window.left(), columns, width);
  }

  /* One input channel, several outputs: [height, width, 1, groups * outputs] are its weights. */
  private Operand<TFloat64> depthwise(
      Operand<TFloat64> map, Operand<TFloat64> turned, long groups, long outputs) {
    Operand<TFloat64> filter = // [height, width, out, 1]
        tf.reshape(turned, ints(window.height(), window.width(), groups * outputs, 1));
    Operand<TFloat64> each = tf.nn.depthwiseConv2dNative(map, filter, EACH, "VALID");
    return tf.reduceSum(
        tf.reshape(each, ints(vectors, height, width, groups, outputs)), tf.constant(4));
  }

  /* A product of matrices for each group: all that lies in a window by what leads to it. */
  private Operand<TFloat64> grouped(
      Operand<TFloat64> map, Operand<TFloat64> turned, long groups, long in, long outputs) {
    long rows = height + window.height() - 1;
    long columns = width + window.width() - 1;
    long taps = (long) window.height() * window.width();
    Operand<TFloat64> byGroup = // [groups, vectors, rows, columns, outputs]
        tf.linalg.transpose(
            tf.reshape(map, ints(vectors, rows, columns, groups, outputs)),
            tf.constant(new int[] {3, 0, 1, 2, 4}));
    Operand<TFloat64> patches = // [groups * vectors, height, width, taps * outputs]
        tf.image.extractImagePatches(
            tf.reshape(byGroup, ints(groups * vectors, rows, columns, outputs)),
            List.of(1L, (long) window.height(), (long) window.width(), 1L),
            EACH,
            EACH,
            "VALID");
    Operand<TFloat64> sums = // [vectors * height * width, groups, in]
        tf.linalg.einsum(
            List.of(
                tf.reshape(patches, ints(groups, vectors * height * width, taps, outputs)),
                tf.reshape(turned, ints(taps, in, groups, outputs))),
            "gpto,tigo->pgi");
    return tf.reshape(sums, ints(vectors, height, width, groups * in));
  }

  /*
   * The fed map as if windows had lain at every position: zeros for those that the strides leave
   * out, and around it, so that a turned kernel at each position meets the windows that it lies in.
   * [vectors, height + window height - 1, width + window width - 1, channels]
   */
  private Operand<TFloat64> spread(Operand<TFloat64> values, long channels) {
    int betweenRows = window.strideHeight() - 1;
    int betweenColumns = window.strideWidth() - 1;
    Operand<TFloat64> apart =
        tf.pad(
            tf.reshape(values, ints(vectors * outputHeight, 1, outputWidth, 1, channels)),
            tf.constant(
                new int[][] {{0, 0}, {0, betweenRows}, {0, 0}, {0, betweenColumns}, {0, 0}}),
            tf.constant(0.0));
    long rows = outputHeight * window.strideHeight();
    long columns = outputWidth * window.strideWidth();
    Operand<TFloat64> padded =
        tf.pad(
            tf.reshape(apart, ints(vectors, rows, columns, channels)),
            around(
                window.height() - 1L - window.top(),
                Math.max(0, height + window.top() - rows),
                window.width() - 1L - window.left(),
                Math.max(0, width + window.left() - columns)),
            tf.constant(0.0));
    // Behind the last window there may be more zeros than are needed.
    return tf.slice(
        padded,
        ints(0, 0, 0, 0),
        ints(vectors, height + window.height() - 1, width + window.width() - 1, channels));
  }

  /* Takes the padding off, and adds the rows and columns that no window reaches. */
  private Operand<TFloat64> crop(
      Operand<TFloat64> reached,
      long top,
      long rows,
      long inputRows,
      long left,
      long columns,
      long inputColumns) {
    Operand<TFloat64> padded =
        tf.pad(
            reached,
            around(
                0,
                Math.max(0, top + inputRows - rows),
                0,
                Math.max(0, left + inputColumns - columns)),
            tf.constant(0.0));
    return tf.slice(padded, ints(0, top, left, 0), ints(-1, inputRows, inputColumns, -1));
  }

  private Operand<TInt32> around(long above, long below, long left, long right) {
    return tf.reshape(ints(0, 0, above, below, left, right, 0, 0), tf.constant(new int[] {4, 2}));
  }

  private Operand<TInt32> ints(long... values) {
    return tf.constant(Longs.asList(values).stream().mapToInt(Ints::checkedCast).toArray());
  }
}
