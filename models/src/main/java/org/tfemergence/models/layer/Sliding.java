package org.tfemergence.models.layer;

import java.util.List;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Window;

/**
 * How a window slides over a map of [height, width, channels]. There is no dilation: TensorFlow
 * Java leaves it out of the gradient of a convolution, without a word.
 *
 * @param height the rows of the window, at least 1
 * @param width the columns of the window, at least 1
 * @param strideHeight the rows from one window to the next, at least 1
 * @param strideWidth the columns from one window to the next, at least 1
 * @param padding what is put around the map, on each side less than the window's size
 */
public record Sliding(int height, int width, int strideHeight, int strideWidth, Padding padding) {
  /**
   * Creates the description of a sliding window.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public Sliding {
    Objects.requireNonNull(padding, "padding");
    new Window(height, width, strideHeight, strideWidth, 0, 0); // Refuses numbers out of range.
    if (padding instanceof Padding.Explicit edges
        && (Math.max(edges.top(), edges.bottom()) >= height
            || Math.max(edges.left(), edges.right()) >= width)) {
      throw new IllegalArgumentException(
          "padding must be less than the window of " + height + " x " + width + ", got " + edges);
    }
  }

  /**
   * Returns a square window.
   *
   * @param size its rows and columns, at least 1
   * @param stride the distance between windows, at least 1
   * @param padding what is put around the map
   * @return the description
   * @throws IllegalArgumentException if a number is out of its range
   */
  public static Sliding square(int size, int stride, Padding padding) {
    return new Sliding(size, size, stride, stride, padding);
  }

  /**
   * Returns the same window at another stride.
   *
   * @param stride the distance between windows, at least 1
   * @return the description
   * @throws IllegalArgumentException if {@code stride < 1}
   */
  public Sliding withStride(int stride) {
    return new Sliding(height, width, stride, stride, padding);
  }

  /**
   * Returns the same window with other padding.
   *
   * @param other what is put around the map
   * @return the description
   * @throws IllegalArgumentException if it does not suit the window
   */
  public Sliding withPadding(Padding other) {
    return new Sliding(height, width, strideHeight, strideWidth, other);
  }

  /** Returns the shape of the map that a layer's windows make of its one input. */
  Shape output(String layer, List<Shape> inputs, long channels) {
    Shape input = Require.map(layer, inputs);
    Padding.Explicit edges = edges(input);
    long spareRows = input.get(0) + edges.top() + edges.bottom() - height;
    long spareColumns = input.get(1) + edges.left() + edges.right() - width;
    Require.that(
        spareRows >= 0 && spareColumns >= 0,
        layer,
        "the window of " + height + " x " + width + " must fit into the padded map",
        input);
    return Shape.of(spareRows / strideHeight + 1, spareColumns / strideWidth + 1, channels);
  }

  /** Returns where the windows lie in a layer's one input. */
  Window window(String layer, List<Shape> inputs) {
    Padding.Explicit edges = edges(Require.map(layer, inputs));
    return new Window(height, width, strideHeight, strideWidth, edges.top(), edges.left());
  }

  /** Returns the strides as operations take them. */
  List<Long> strides() {
    return List.of(1L, (long) strideHeight, (long) strideWidth, 1L);
  }

  /**
   * The part of a map that windows look into, from its first row and column on.
   *
   * @param rows the rows of the part
   * @param columns its columns
   * @param window what makes of the part what another makes of the whole map
   */
  record Seen(long rows, long columns, Sliding window) {
    /** Takes the part. */
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> map) {
      Shape whole = map.asOutput().shape();
      return whole.get(1) == rows && whole.get(2) == columns
          ? map
          : tf.slice(
              map,
              tf.constant(new int[] {0, 0, 0, 0}),
              tf.constant(new int[] {-1, (int) rows, (int) columns, -1}));
    }
  }

  /*
   * Where all windows lie in one row, nothing depends on the stride along the height; so for one
   * column. With oneDNN TensorFlow computes a convolution of one channel and one column from
   * foreign memory, if the stride along the width is the greater one. Depthwise convolutions take
   * equal strides only. In bfloat16 it leaves the gradient of what of a kernel never lies on the
   * map unset, unless the padding is part of the map.
   */
  /**
   * Returns a window of equal strides where all lie in one row or one column of a map, and of
   * explicit padding where it is longer than the map.
   */
  Seen alike(Shape map) {
    Padding.Explicit edges = edges(map);
    boolean oneRow = map.get(0) + edges.top() + edges.bottom() - height < strideHeight;
    boolean oneColumn = map.get(1) + edges.left() + edges.right() - width < strideWidth;
    boolean free = strideHeight != strideWidth && (oneRow || oneColumn);
    if (!free && height <= map.get(0) && width <= map.get(1)) {
      return new Seen(map.get(0), map.get(1), this);
    }
    long rows = oneRow ? Math.min(map.get(0), height - edges.top()) : map.get(0);
    long columns = oneColumn ? Math.min(map.get(1), width - edges.left()) : map.get(1);
    Padding around =
        new Padding.Explicit(
            edges.top(),
            oneRow ? (int) (height - edges.top() - rows) : edges.bottom(),
            edges.left(),
            oneColumn ? (int) (width - edges.left() - columns) : edges.right());
    Sliding padded = withPadding(around);
    return new Seen(
        rows, columns, free ? padded.withStride(oneRow ? strideWidth : strideHeight) : padded);
  }

  /** Returns the padding as operations take it, that of {@link #padded} maps. */
  String algorithm() {
    return padding instanceof Padding.Same ? "SAME" : "VALID";
  }

  /*
   * The explicit padding of TensorFlow's own operations has no gradient in TensorFlow Java.
   */
  /** Adds what the operations' own padding does not do. */
  Operand<TFloat32> padded(Ops tf, Operand<TFloat32> map, float value) {
    if (padding instanceof Padding.Explicit edges && !padding.equals(Padding.VALID)) {
      int[][] paddings = {
        {0, 0}, {edges.top(), edges.bottom()}, {edges.left(), edges.right()}, {0, 0}
      };
      return tf.pad(map, tf.constant(paddings), tf.constant(value));
    }
    return map;
  }

  /** Returns the padding around a map of [height, width, channels]. */
  Padding.Explicit edges(Shape input) {
    if (padding instanceof Padding.Explicit edges) {
      return edges;
    }
    int rows = same(height, strideHeight, input.get(0));
    int columns = same(width, strideWidth, input.get(1));
    return new Padding.Explicit(rows / 2, rows - rows / 2, columns / 2, columns - columns / 2);
  }

  private static int same(int size, int stride, long input) {
    long windows = (input + stride - 1) / stride;
    return (int) Math.max(0, (windows - 1) * stride + size - input);
  }
}
