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
   * @param layout how the tensor holds them
   * @param reading where they are read
   */
  record Carried(Optional<Part> root, Layout layout, Reading reading) implements Flow {
    static Carried of(Optional<Part> root, Layout layout, Output<?> tensor) {
      return new Carried(root, layout, Reading.of(tensor, layout));
    }

    static Carried of(Optional<Part> root, ImmutableList<Long> shape, Output<?> tensor) {
      return of(root, Layout.of(shape), tensor);
    }

    Carried in(Layout newLayout) {
      return new Carried(root, newLayout, reading);
    }

    Carried read(Reading newReading) {
      return new Carried(root, layout, newReading);
    }

    /** Returns the same, read at a tensor of this layout. */
    Carried readAt(Output<?> tensor) {
      return read(reading.at(tensor, layout));
    }

    ImmutableList<Long> shape() {
      return layout.shape();
    }

    ImmutableList<Integer> order() {
      return layout.order();
    }

    ImmutableSet<Parameter> gains() {
      return reading.gains();
    }

    long units() {
      return layout.units();
    }

    long channels() {
      return layout.channels();
    }
  }

  /**
   * Something of a layer that is no unit of it, such as a mean or a variance.
   *
   * @param root the layer; empty for the network's input
   * @param source the layer's units that it was taken of
   * @param logits the units whose exponentials it adds up, if it does
   * @param gains the parameters that were multiplied or added to it
   */
  record Statistic(
      Optional<Part> root, Carried source, Optional<Carried> logits, ImmutableSet<Parameter> gains)
      implements Flow {}

  /**
   * A layer's units as Keras 2 normalizes them over their channels: [1, batch * positions,
   * channels, 1].
   *
   * @param units the units
   */
  record Rows(Carried units) implements Flow {}

  /**
   * A layer's units in a tensor of which the batch is the second axis, and the first the layer's
   * own: as networks are given one step after the other.
   *
   * @param units the units
   */
  record Steps(Carried units) implements Flow {}

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

  /**
   * A further output of an operation, of which a rule tells nothing.
   *
   * @param sources the layers' units that flowed into the operation
   */
  record Untold(ImmutableList<Carried> sources) implements Flow {}

  /**
   * Something computed from the network's input alone, of a shape that is not known.
   *
   * @param from the operation from which on it is not, as {@code "type 'name'"}
   */
  record Given(String from) implements Flow {}

  /** Returns the layers' units that something is computed from. */
  static List<Carried> sources(Flow flow) {
    if (flow instanceof Carried carried) {
      return List.of(carried);
    }
    if (flow instanceof Statistic statistic) {
      return List.of(statistic.source());
    }
    if (flow instanceof Rows rows) {
      return List.of(rows.units());
    }
    if (flow instanceof Steps steps) {
      return List.of(steps.units());
    }
    if (flow instanceof Scores scores) {
      return List.of(scores.query(), scores.key());
    }
    return flow instanceof Untold untold ? untold.sources() : List.of();
  }

  /** Tells whether something is computed from the network's input alone, without parameters. */
  static boolean onlyInput(Flow flow) {
    if (flow instanceof Carried carried) {
      return carried.root().isEmpty() && carried.gains().isEmpty();
    }
    if (flow instanceof Statistic statistic) {
      return statistic.root().isEmpty() && statistic.gains().isEmpty();
    }
    return flow instanceof Given
        || (flow instanceof Rows rows && onlyInput(rows.units()))
        || (flow instanceof Steps steps && onlyInput(steps.units()));
  }
}
