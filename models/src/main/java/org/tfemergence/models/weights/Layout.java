package org.tfemergence.models.weights;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.tensorflow.ndarray.Shape;

/**
 * How another framework lays out a weight, seen from ours: dense kernels [inputs, units],
 * convolutions [height, width, inputs / groups, outputs], so depthwise ones [height, width, 1,
 * channels times multiplier].
 */
public final class Layout {
  /** As ours: Keras' weights but for those below, and vectors of all frameworks. */
  public static final Layout AS_IS = new Layout("as is", Optional::of, (values, theirs) -> values);

  /** PyTorch's Linear, [units, inputs]. */
  public static final Layout TORCH_LINEAR =
      new Layout(
          "PyTorch's Linear",
          ours -> ofRank(2, ours).map(shape -> Shape.of(shape.get(1), shape.get(0))),
          (values, theirs) -> permuted(values, theirs, 1, 0));

  /**
   * PyTorch's Conv2d, [outputs, inputs / groups, height, width]; a depthwise one has [channels
   * times multiplier, 1, height, width].
   */
  public static final Layout TORCH_CONVOLUTION =
      new Layout(
          "PyTorch's Conv2d",
          ours -> ofRank(4, ours).map(s -> Shape.of(s.get(3), s.get(2), s.get(0), s.get(1))),
          (values, theirs) -> permuted(values, theirs, 2, 3, 1, 0));

  private final String name;
  private final Function<Shape, Optional<Shape>> theirs;
  private final BiFunction<float[], Shape, float[]> ours;

  /* From our shape to theirs; from their values and shape to our values. */
  private Layout(
      String name,
      Function<Shape, Optional<Shape>> theirs,
      BiFunction<float[], Shape, float[]> ours) {
    this.name = name;
    this.theirs = theirs;
    this.ours = ours;
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
    requirePositive("channels", channels);
    requirePositive("height", height);
    requirePositive("width", width);
    long inputs = (long) channels * height * width;
    return new Layout(
        "PyTorch's Linear on images of " + channels + "x" + height + "x" + width,
        ours ->
            ofRank(2, ours)
                .filter(shape -> shape.get(0) == inputs)
                .map(shape -> Shape.of(shape.get(1), inputs)),
        (values, theirs) ->
            permuted(values, Shape.of(theirs.get(0), channels, height, width), 2, 3, 1, 0));
  }

  /**
   * Returns the layout of a Linear, or its bias, that PyTorch keeps with others of the same size in
   * one weight: {@code in_proj_weight} [3 units, inputs] and {@code in_proj_bias} [3 units] of
   * {@code nn.MultiheadAttention} are queries, keys and values.
   *
   * @param part which of them, counted from 0
   * @param parts how many there are, at least 1
   * @return the layout
   */
  public static Layout torchPacked(int part, int parts) {
    if (part < 0 || part >= parts) {
      throw new IllegalArgumentException("part must be in [0, " + parts + "), got " + part);
    }
    return new Layout(
        "part " + (part + 1) + " of " + parts + " of PyTorch's packed weight",
        ours ->
            switch (ours.numDimensions()) {
              case 1 -> Optional.of(Shape.of(parts * ours.get(0)));
              case 2 -> Optional.of(Shape.of(parts * ours.get(1), ours.get(0)));
              default -> Optional.empty();
            },
        (values, theirs) -> {
          int size = values.length / parts;
          float[] own = Arrays.copyOfRange(values, part * size, (part + 1) * size);
          return theirs.numDimensions() == 1
              ? own
              : permuted(own, Shape.of(theirs.get(0) / parts, theirs.get(1)), 1, 0);
        });
  }

  /**
   * Returns the layout of the kernel of Keras' depthwise convolution, [height, width, channels,
   * multiplier].
   *
   * @param multiplier the filters of a channel, at least 1
   * @return the layout
   */
  public static Layout kerasDepthwise(int multiplier) {
    requirePositive("multiplier", multiplier);
    return new Layout(
        "Keras' depthwise kernel of multiplier " + multiplier,
        ours ->
            ofRank(4, ours)
                .filter(s -> s.get(2) == 1 && s.get(3) % multiplier == 0)
                .map(s -> Shape.of(s.get(0), s.get(1), s.get(3) / multiplier, multiplier)),
        (values, theirs) -> values);
  }

  /**
   * Returns the layout of what Keras' MultiHeadAttention makes queries, keys and values with: the
   * kernel [width, heads, head width], or its bias [heads, head width].
   *
   * @param heads the number of heads, at least 1
   * @return the layout
   */
  public static Layout kerasToHeads(int heads) {
    requirePositive("heads", heads);
    return new Layout(
        "Keras' kernel to " + heads + " heads",
        ours ->
            Optional.of(ours)
                .filter(s -> s.numDimensions() == 1 || s.numDimensions() == 2)
                .filter(s -> s.get(-1) % heads == 0)
                .map(s -> s.take(s.numDimensions() - 1).append(heads).append(s.get(-1) / heads)),
        (values, theirs) -> values);
  }

  /**
   * Returns the layout of the kernel of the output of Keras' MultiHeadAttention, [heads, head
   * width, width].
   *
   * @param heads the number of heads, at least 1
   * @return the layout
   */
  public static Layout kerasFromHeads(int heads) {
    requirePositive("heads", heads);
    return new Layout(
        "Keras' kernel from " + heads + " heads",
        ours ->
            ofRank(2, ours)
                .filter(s -> s.get(0) % heads == 0)
                .map(s -> Shape.of(heads, s.get(0) / heads, s.get(1))),
        (values, theirs) -> values);
  }

  /**
   * Returns the shape in which a weight of ours is expected.
   *
   * @param ours the shape of our variable
   * @return the shape there; empty if our variable is of a rank, or size, this layout has not
   */
  public Optional<Shape> expected(Shape ours) {
    return theirs.apply(ours);
  }

  /**
   * Lays values out as ours.
   *
   * @param values the values, of shape {@code shape}
   * @param shape the {@link #expected} shape
   * @return the values in our order
   */
  public float[] convert(float[] values, Shape shape) {
    return ours.apply(values, shape);
  }

  @Override
  public String toString() {
    return name;
  }

  private static Optional<Shape> ofRank(int rank, Shape shape) {
    return Optional.of(shape).filter(each -> each.numDimensions() == rank);
  }

  private static void requirePositive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + value);
    }
  }

  /* The result's axis i is axes[i] of the values. */
  private static float[] permuted(float[] values, Shape from, int... axes) {
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
}
