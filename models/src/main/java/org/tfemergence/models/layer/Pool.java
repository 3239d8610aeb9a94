package org.tfemergence.models.layer;

import com.google.common.collect.Iterables;
import com.google.common.primitives.Longs;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Wiring;

/**
 * Pooling over maps of [height, width, channels], channel by channel. Rows and columns that fill no
 * window are left out, as of a map of odd size under windows of two.
 *
 * @param name its name
 * @param pooling what becomes of the values in a window
 * @param window how the window slides over the map; for the mean, explicit padding is not offered,
 *     since it would count
 */
public record Pool(String name, Pooling pooling, Sliding window) implements WiringLayer {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name, or a mean explicitly
   *     padded
   */
  public Pool {
    Objects.requireNonNull(pooling, "pooling");
    Require.name(name);
    Require.that(
        pooling == Pooling.MAX
            || window.padding().equals(Padding.SAME)
            || window.padding().equals(Padding.VALID),
        name,
        "padding of a mean must be SAME or VALID",
        window.padding());
  }

  /**
   * Returns pooling by the greatest value of windows that lie side by side.
   *
   * @param name its name
   * @param size the rows and columns of a window, at least 1
   * @return the description
   * @throws IllegalArgumentException if TensorFlow does not accept the name, or {@code size < 1}
   */
  public static Pool max(String name, int size) {
    return new Pool(name, Pooling.MAX, Sliding.square(size, size, Padding.VALID));
  }

  /**
   * Returns pooling by the mean of windows that lie side by side.
   *
   * @param name its name
   * @param size the rows and columns of a window, at least 1
   * @return the description
   * @throws IllegalArgumentException if TensorFlow does not accept the name, or {@code size < 1}
   */
  public static Pool average(String name, int size) {
    return new Pool(name, Pooling.AVERAGE, Sliding.square(size, size, Padding.VALID));
  }

  @Override
  public Shape output(List<Shape> inputs) {
    return window.output(name, inputs, Require.map(name, inputs).get(2));
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.Pooling(window.window(name, inputs)));
  }

  @Override
  public Value call(Pass pass, List<Value> inputs) {
    Ops tf = pass.tf();
    Value x = Iterables.getOnlyElement(inputs);
    return x.with(pooling == Pooling.MAX ? max(tf, x.floats()) : mean(tf, x.floats()));
  }

  private List<Long> sizes() {
    return List.of(1L, (long) window.height(), (long) window.width(), 1L);
  }

  /* The MaxPool of TensorFlow Java's Ops is MaxPoolV2, which oneDNN does not take. */
  private Operand<TFloat32> max(Ops tf, Operand<TFloat32> map) {
    return tf.scope()
        .opBuilder("MaxPool", "MaxPool")
        .addInput(window.padded(tf, map, Float.NEGATIVE_INFINITY).asOutput())
        .setAttr("ksize", Longs.toArray(sizes()))
        .setAttr("strides", Longs.toArray(window.strides()))
        .setAttr("padding", window.algorithm())
        .build()
        .output(0);
  }

  /*
   * Of a window that is longer than the map, TensorFlow's gradient without oneDNN is wrong. There
   * the padding is ours: the mean over the whole window, zeros included, times the window's size
   * by what of it lies inside the map.
   */
  private Operand<TFloat32> mean(Ops tf, Operand<TFloat32> map) {
    Shape shape = map.asOutput().shape().tail();
    if (window.padding().equals(Padding.VALID)
        || shape.hasUnknownDimension()
        || (window.height() <= shape.get(0) && window.width() <= shape.get(1))) {
      return tf.nn.avgPool(map, sizes(), window.strides(), window.algorithm());
    }
    Padding.Explicit edges = window.edges(shape);
    Sliding padded = window.withPadding(edges);
    float[] rows = inside(shape.get(0), window.height(), window.strideHeight(), edges.top());
    float[] columns = inside(shape.get(1), window.width(), window.strideWidth(), edges.left());
    float[] factors = new float[rows.length * columns.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] =
          window.height()
              * window.width()
              / (rows[i / columns.length] * columns[i % columns.length]);
    }
    return tf.math.mul(
        tf.nn.avgPool(padded.padded(tf, map, 0), sizes(), padded.strides(), padded.algorithm()),
        tf.constant(Shape.of(rows.length, columns.length, 1), DataBuffers.of(factors)));
  }

  /* How much of each window along an axis lies inside a map padded as SAME. */
  private static float[] inside(long size, int window, int stride, int before) {
    float[] inside = new float[(int) ((size + stride - 1) / stride)];
    for (int i = 0; i < inside.length; i++) {
      long start = (long) i * stride - before;
      inside[i] = Math.min(size, start + window) - Math.max(0, start);
    }
    return inside;
  }
}
