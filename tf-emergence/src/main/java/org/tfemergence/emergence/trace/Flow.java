package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Output;

/** What a tensor that depends on the input holds. */
sealed interface Flow {
  /**
   * The units of a layer, one to one.
   *
   * @param root the layer; empty for the network's input
   * @param shape of one example, in the order of the layer's units
   * @param order where each of the tensor's axes, without the batch, stands in {@code shape}
   * @param seen the tensor in which the layer's activations are read
   * @param steps how many operations lie between the kernel and {@code seen}
   * @param activated whether an activation function was applied
   * @param normalised whether a normalisation was, before any activation function
   * @param gains the normalisations' parameters
   * @param padding rows and columns of zeros around: top, bottom, left, right
   */
  record Carried(
      Optional<Part> root,
      ImmutableList<Long> shape,
      ImmutableList<Integer> order,
      Output<?> seen,
      int steps,
      boolean activated,
      boolean normalised,
      ImmutableSet<Parameter> gains,
      ImmutableList<Long> padding)
      implements Flow {
    private static final ImmutableList<Long> NO_PADDING = ImmutableList.of(0L, 0L, 0L, 0L);

    static Carried of(Optional<Part> root, ImmutableList<Long> shape, Output<?> seen) {
      return new Carried(
          root, shape, inOrder(shape.size()), seen, 0, false, false, ImmutableSet.of(), NO_PADDING);
    }

    static ImmutableList<Integer> inOrder(int axes) {
      ImmutableList.Builder<Integer> order = ImmutableList.builder();
      for (int i = 0; i < axes; i++) {
        order.add(i);
      }
      return order.build();
    }

    Carried reshaped(ImmutableList<Long> newShape) {
      return new Carried(
          root,
          newShape,
          inOrder(newShape.size()),
          seen,
          steps,
          activated,
          normalised,
          gains,
          padding);
    }

    Carried ordered(ImmutableList<Integer> newOrder) {
      return new Carried(root, shape, newOrder, seen, steps, activated, normalised, gains, padding);
    }

    Carried padded(ImmutableList<Long> newPadding) {
      return new Carried(root, shape, order, seen, steps, activated, normalised, gains, newPadding);
    }

    Carried seenAt(Output<?> output) {
      return new Carried(
          root, shape, order, output, steps + 1, activated, normalised, gains, padding);
    }

    /** Tells whether the tensor's values lie in the order of the layer's units, without padding. */
    boolean plain() {
      return inOrder() && padding.equals(NO_PADDING);
    }

    boolean inOrder() {
      return order.equals(inOrder(shape.size()));
    }

    /** Returns the shape of a tensor of these units, for a number of examples. */
    ImmutableList<Long> tensorShape(Output<?> tensor, long batch) {
      ImmutableList.Builder<Long> sizes = ImmutableList.builder();
      Optional<ImmutableList<Long>> known = Site.example(tensor);
      if (known.isPresent()) {
        // Positions may be merged into the batch.
        long rows = units() / known.get().stream().reduce(1L, Math::multiplyExact);
        return sizes.add(batch * rows).addAll(known.get()).build();
      }
      sizes.add(batch);
      order.forEach(axis -> sizes.add(shape.get(axis)));
      return sizes.build();
    }

    long units() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }

    long channels() {
      return shape.get(shape.size() - 1);
    }
  }

  /**
   * Something of a layer that is no unit of it, such as a mean or a variance.
   *
   * @param root the layer; empty for the network's input
   * @param source the layer's units that it was taken of
   * @param gains the parameters that were multiplied or added to it
   */
  record Statistic(Optional<Part> root, Carried source, ImmutableSet<Parameter> gains)
      implements Flow {}

  /**
   * How much the positions of an attention's queries look at those of its keys.
   *
   * @param query whose positions look
   * @param key at whose positions
   * @param heads the number of heads
   * @param roles of the tensor's axes: batch, head, query position (t), key position (s)
   * @param product the tensor of scores, before anything was done to them
   * @param masks what was done to them by other than numbers, as {@code "type 'name'"}
   */
  record Scores(
      Carried query,
      Carried key,
      int heads,
      String roles,
      Output<?> product,
      ImmutableList<String> masks)
      implements Flow {
    Scores turned() {
      String other = roles.replace('s', 'x').replace('t', 's').replace('x', 't');
      return new Scores(key, query, heads, other, product, masks);
    }

    Scores masked(List<String> more) {
      Set<String> all = new LinkedHashSet<>(masks);
      all.addAll(more);
      return new Scores(query, key, heads, roles, product, ImmutableList.copyOf(all));
    }
  }

  /** Something computed from the network's input alone, of a shape that is not known. */
  record Given() implements Flow {}
}
