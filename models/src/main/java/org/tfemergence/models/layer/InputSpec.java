package org.tfemergence.models.layer;

import java.util.Objects;
import java.util.OptionalInt;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * What a model takes in.
 *
 * @param name the input's name, which a serving signature shows: a letter from a to z, a digit or a
 *     dot, then any number of these, of hyphens and of underscores
 * @param type the type of its values, such as float32 for images, int32 for token ids
 * @param shape the shape of one example, without a batch dimension; of a sequence, the greatest
 *     number of positions: a batch may have fewer
 * @param limit of ids, what all are less than, at least 1: the size of their vocabulary; ids are
 *     not negative either. Empty for values that are no ids
 */
public record InputSpec(String name, Class<? extends TType> type, Shape shape, OptionalInt limit) {
  /**
   * Creates the description of an input.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name, a dimension is unknown
   *     or less than 1, there are 2^31 values or more, or there is a limit that is less than 1 or
   *     of values that are not int32
   */
  public InputSpec {
    Require.input(name);
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(shape, "shape");
    Objects.requireNonNull(limit, "limit");
    if (shape.isUnknown() || shape.hasUnknownDimension()) {
      throw new IllegalArgumentException(
          "input '" + name + "': the shape must be known, got " + shape);
    }
    for (long dimension : shape.asArray()) {
      if (dimension < 1) {
        throw new IllegalArgumentException(
            "input '" + name + "': dimensions must be at least 1, got " + shape);
      }
    }
    if (!Require.fits(shape, Integer.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "input '" + name + "': an example must have less than 2^31 values, got " + shape);
    }
    if (limit.isPresent() && limit.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "input '" + name + "': the limit must be at least 1, got " + limit.getAsInt());
    }
    if (limit.isPresent() && type != TInt32.class) {
      throw new IllegalArgumentException(
          "input '" + name + "': only int32 ids have a limit, got " + type.getSimpleName());
    }
  }

  /**
   * Creates the description of an input whose values have no limit.
   *
   * @param name the input's name
   * @param type the type of its values
   * @param shape the shape of one example
   * @throws IllegalArgumentException if TensorFlow does not accept the name, a dimension is unknown
   *     or less than 1, or there are 2^31 values or more
   */
  public InputSpec(String name, Class<? extends TType> type, Shape shape) {
    this(name, type, shape, OptionalInt.empty());
  }

  /**
   * Returns the description of an input of ids.
   *
   * @param name the input's name
   * @param positions the greatest number of ids of one example, at least 1
   * @param limit what all ids are less than, at least 1
   * @return the description, int32 [positions]
   * @throws IllegalArgumentException if TensorFlow does not accept the name, or a number out of its
   *     range
   */
  public static InputSpec ids(String name, int positions, int limit) {
    return new InputSpec(name, TInt32.class, Shape.of(positions), OptionalInt.of(limit));
  }

  /**
   * Returns the shape of a batch: a batch dimension, then those of an example. Of ids all sizes are
   * free, since a batch may have fewer positions.
   *
   * @return the shape, -1 where a size is free
   */
  public Shape batchShape() {
    Shape batch = Shape.of(Shape.UNKNOWN_SIZE);
    if (type == TFloat32.class) {
      return batch.append(shape);
    }
    for (int i = 0; i < shape.numDimensions(); i++) {
      batch = batch.append(Shape.UNKNOWN_SIZE);
    }
    return batch;
  }

  /** Refuses a layer that takes other values at one of its inputs. */
  void requireTakenBy(LayerSpec layer, int position) {
    OptionalInt below = layer.idsBelow(position);
    if (below.isEmpty()) {
      Require.that(
          type == TFloat32.class,
          layer.name(),
          "input '" + name + "' must be of float32",
          type.getSimpleName());
    } else {
      Require.that(
          limit.isPresent() && limit.getAsInt() <= below.getAsInt(),
          layer.name(),
          "input '" + name + "' must be of ids with a limit of at most " + below.getAsInt(),
          limit.isPresent() ? limit.getAsInt() : type.getSimpleName() + " without");
    }
  }

  /** Refuses a batch of other values, as far as the graph tells. */
  void require(Operand<?> batch) {
    Shape found = batch.asOutput().shape();
    if (batch.asOutput().type() != type || !(found.isUnknown() || takes(found))) {
      throw new IllegalArgumentException(
          "input '"
              + name
              + "' must be "
              + expected()
              + ", got "
              + batch.asOutput().type().getSimpleName()
              + " "
              + found);
    }
  }

  private boolean takes(Shape batch) {
    boolean takes = batch.numDimensions() == shape.numDimensions() + 1;
    for (int i = 0; takes && i < shape.numDimensions(); i++) {
      long found = batch.get(i + 1);
      takes =
          found == shape.get(i)
              || found == Shape.UNKNOWN_SIZE
              || (i == 0 && sequence() && found < shape.get(i));
    }
    return takes;
  }

  /* Of ids, or of vectors. */
  private boolean sequence() {
    return type == TInt32.class || shape.numDimensions() == 2;
  }

  private String expected() {
    StringBuilder words = new StringBuilder(type.getSimpleName()).append(" [batch");
    for (int i = 0; i < shape.numDimensions(); i++) {
      words.append(i == 0 && sequence() ? ", up to " : ", ").append(shape.get(i));
    }
    return words.append("]").toString();
  }
}
