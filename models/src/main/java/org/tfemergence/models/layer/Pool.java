package org.tfemergence.models.layer;

import com.google.common.collect.Iterables;
import com.google.common.primitives.Longs;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
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
   * @throws IllegalArgumentException if the name is none that TensorFlow takes, or a mean
   *     explicitly padded
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
   * @throws IllegalArgumentException if the name is none that TensorFlow takes, or {@code size < 1}
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
   * @throws IllegalArgumentException if the name is none that TensorFlow takes, or {@code size < 1}
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
    List<Long> sizes = List.of(1L, (long) window.height(), (long) window.width(), 1L);
    if (pooling == Pooling.MAX) {
      return x.with(max(tf, window.padded(tf, x.floats(), Float.NEGATIVE_INFINITY), sizes));
    }
    return x.with(tf.nn.avgPool(x.floats(), sizes, window.strides(), window.algorithm()));
  }

  /* The MaxPool of TensorFlow Java's Ops is MaxPoolV2, which oneDNN does not take. */
  private Operand<TFloat32> max(Ops tf, Operand<TFloat32> map, List<Long> sizes) {
    return tf.scope()
        .opBuilder("MaxPool", "MaxPool")
        .addInput(map.asOutput())
        .setAttr("ksize", Longs.toArray(sizes))
        .setAttr("strides", Longs.toArray(window.strides()))
        .setAttr("padding", window.algorithm())
        .build()
        .output(0);
  }
}
