package org.tfemergence.models.weights;

import java.util.Optional;
import java.util.function.UnaryOperator;
import org.tensorflow.ndarray.Shape;

/**
 * How another framework lays out a weight, seen from ours: dense kernels [inputs, units],
 * convolutions [height, width, inputs, outputs], depthwise ones [height, width, channels,
 * multiplier].
 */
public final class Layout {
  /** As ours: Keras' weights, and vectors of all frameworks. */
  public static final Layout AS_IS =
      new Layout("as is", -1, ours -> ours, UnaryOperator.identity());

  /** PyTorch's Linear, [units, inputs]. */
  public static final Layout TORCH_LINEAR =
      new Layout(
          "PyTorch's Linear",
          2,
          ours -> Shape.of(ours.get(1), ours.get(0)),
          UnaryOperator.identity(),
          1,
          0);

  /** PyTorch's Conv2d, [outputs, inputs, height, width]. */
  public static final Layout TORCH_CONVOLUTION =
      new Layout(
          "PyTorch's Conv2d",
          4,
          ours -> Shape.of(ours.get(3), ours.get(2), ours.get(0), ours.get(1)),
          UnaryOperator.identity(),
          2,
          3,
          1,
          0);

  /** PyTorch's Conv2d with as many groups as channels, [channels times multiplier, 1, h, w]. */
  public static final Layout TORCH_DEPTHWISE =
      new Layout(
          "PyTorch's depthwise Conv2d",
          4,
          ours -> Shape.of(ours.get(2) * ours.get(3), 1, ours.get(0), ours.get(1)),
          UnaryOperator.identity(),
          2,
          3,
          0,
          1);

  private final String name;
  private final int rank;
  private final UnaryOperator<Shape> theirs;
  private final UnaryOperator<Shape> view;
  private final int[] axes;

  /*
   * Values laid out as theirs(ours) are seen as of shape view(theirs), and the result's axis i is
   * axes[i] of that: merging neighbouring axes gives ours. Without axes, nothing moves.
   */
  private Layout(
      String name, int rank, UnaryOperator<Shape> theirs, UnaryOperator<Shape> view, int... axes) {
    this.name = name;
    this.rank = rank;
    this.theirs = theirs;
    this.view = view;
    this.axes = axes;
  }

  /**
   * Returns the layout of PyTorch's Linear on flattened images: there, channels come first, [units,
   * channels times height times width].
   *
   * @param channels the images' channels, at least 1
   * @param height their height, at least 1
   * @param width their width, at least 1
   * @return the layout
   */
  public static Layout torchLinearOnImages(int channels, int height, int width) {
    if (channels < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "channels, height and width must be at least 1, got "
              + channels
              + ", "
              + height
              + " and "
              + width);
    }
    return new Layout(
        "PyTorch's Linear on images of " + channels + "x" + height + "x" + width,
        2,
        ours -> Shape.of(ours.get(1), (long) channels * height * width),
        found -> Shape.of(found.get(0), channels, height, width),
        2,
        3,
        1,
        0);
  }

  /**
   * Returns the shape in which a weight of ours is expected.
   *
   * @param ours the shape of our variable
   * @return the shape there; empty if our variable is of a rank, or size, this layout has not
   */
  public Optional<Shape> expected(Shape ours) {
    if (rank >= 0 && ours.numDimensions() != rank) {
      return Optional.empty();
    }
    return Optional.of(theirs.apply(ours)).filter(shape -> shape.size() == ours.size());
  }

  /**
   * Lays values out as ours.
   *
   * @param values the values, of shape {@code shape}
   * @param shape the {@link #expected} shape
   * @return the values in our order
   */
  public float[] convert(float[] values, Shape shape) {
    if (axes.length == 0) {
      return values;
    }
    Shape from = view.apply(shape);
    long[] strides = new long[axes.length];
    long stride = 1;
    for (int axis = axes.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= from.get(axis);
    }
    float[] result = new float[values.length];
    long[] index = new long[axes.length];
    for (int to = 0; to < result.length; to++) {
      long at = 0;
      for (int axis = 0; axis < axes.length; axis++) {
        at += index[axis] * strides[axes[axis]];
      }
      result[to] = values[(int) at];
      for (int axis = axes.length - 1; axis >= 0 && ++index[axis] == from.get(axes[axis]); axis--) {
        index[axis] = 0;
      }
    }
    return result;
  }

  @Override
  public String toString() {
    return name;
  }
}
