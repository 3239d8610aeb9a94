package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;

/**
 * How a tensor holds a layer's units.
 *
 * @param shape of one example, in the order of the layer's units
 * @param order where each of the tensor's axes, without the batch, stands in {@code shape}
 * @param padding rows and columns around a map that are no units: top, bottom, left, right
 */
record Layout(
    ImmutableList<Long> shape, ImmutableList<Integer> order, ImmutableList<Long> padding) {
  private static final ImmutableList<Long> NO_PADDING = ImmutableList.of(0L, 0L, 0L, 0L);

  /** Returns the layout of a tensor of one example's shape, axis by axis. */
  static Layout of(ImmutableList<Long> example) {
    ImmutableList<Long> shape = units(example);
    return new Layout(shape, upTo(shape.size()), NO_PADDING);
  }

  /** Returns the shape of the units of an example: a number for each example is one unit. */
  static ImmutableList<Long> units(ImmutableList<Long> example) {
    return example.isEmpty() ? ImmutableList.of(1L) : example;
  }

  Layout reshaped(ImmutableList<Long> newShape) {
    return new Layout(newShape, upTo(newShape.size()), padding);
  }

  Layout ordered(ImmutableList<Integer> newOrder) {
    return new Layout(shape, newOrder, padding);
  }

  Layout padded(ImmutableList<Long> newPadding) {
    return new Layout(shape, order, newPadding);
  }

  /** Returns the same with another number of units along an axis of the shape. */
  Layout resized(int axis, long size) {
    List<Long> sizes = new ArrayList<>(shape);
    sizes.set(axis, size);
    return new Layout(ImmutableList.copyOf(sizes), order, padding);
  }

  /** Returns the same without an axis of the shape, which must be of size 1. */
  Layout without(int axis) {
    List<Long> sizes = new ArrayList<>(shape);
    sizes.remove(axis);
    ImmutableList<Integer> rest =
        order.stream()
            .filter(place -> place != axis)
            .map(place -> place > axis ? place - 1 : place)
            .collect(ImmutableList.toImmutableList());
    return new Layout(ImmutableList.copyOf(sizes), rest, padding);
  }

  /** Tells whether the tensor's values lie in the order of the layer's units, without padding. */
  boolean plain() {
    return inOrder() && !isPadded();
  }

  boolean inOrder() {
    return order.equals(upTo(shape.size()));
  }

  boolean isPadded() {
    return !padding.equals(NO_PADDING);
  }

  /** Returns the sizes of the tensor's axes without the batch, padding included. */
  ImmutableList<Long> sizes() {
    ImmutableList.Builder<Long> sizes = ImmutableList.builder();
    for (int axis : order) {
      long around = isPadded() && axis < 2 ? padding.get(2 * axis) + padding.get(2 * axis + 1) : 0;
      sizes.add(shape.get(axis) + around);
    }
    return sizes.build();
  }

  /**
   * Tells whether a tensor may hold the units like this, as far as its shape is known. Where they
   * are in order, positions may be merged into the batch; a single unit needs no axis of its own.
   */
  boolean fits(Shape tensor) {
    if (tensor.isUnknown()) {
      return true;
    }
    ImmutableList<Long> sizes = sizes();
    int axes = tensor.numDimensions() - 1;
    if (axes <= 0) {
      return axes == 0 && units() == 1;
    }
    if (axes > sizes.size() || (axes < sizes.size() && !plain())) {
      return false;
    }
    for (int i = 1; i <= axes; i++) {
      long size = tensor.get(i);
      if (size != Shape.UNKNOWN_SIZE && size != sizes.get(sizes.size() - axes + i - 1)) {
        return false;
      }
    }
    return true;
  }

  /** Returns the shape of a tensor of these units, for a number of examples. */
  ImmutableList<Long> tensorShape(Output<?> tensor, long batch) {
    Optional<ImmutableList<Long>> known = Site.example(tensor);
    if (known.isPresent()) {
      // Positions may be merged into the batch.
      long all = sizes().stream().reduce(1L, Math::multiplyExact);
      long rows = all / known.get().stream().reduce(1L, Math::multiplyExact);
      return ImmutableList.<Long>builder().add(batch * rows).addAll(known.get()).build();
    }
    return ImmutableList.<Long>builder().add(batch).addAll(sizes()).build();
  }

  long units() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  long channels() {
    return shape.get(shape.size() - 1);
  }

  private static ImmutableList<Integer> upTo(int axes) {
    ImmutableList.Builder<Integer> order = ImmutableList.builder();
    for (int i = 0; i < axes; i++) {
      order.add(i);
    }
    return order.build();
  }
}
