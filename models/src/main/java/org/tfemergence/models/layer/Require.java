package org.tfemergence.models.layer;

import com.google.common.base.Splitter;
import java.util.List;
import java.util.Objects;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Scope;

/** What layers ask of their descriptions and inputs; refusals name the layer and the value. */
final class Require {
  private Require() {}

  /** Refuses a layer's name that TensorFlow does not take. */
  static void name(String name) {
    Objects.requireNonNull(name, "name");
    for (String part : Splitter.on('/').split(name)) {
      requireValid("layer name", part, name);
    }
  }

  /** Refuses an input's name that TensorFlow does not take. */
  static void input(String name) {
    Objects.requireNonNull(name, "name");
    requireValid("input name", name, name);
  }

  private static void requireValid(String what, String part, String name) {
    if (!Scope.isValidOpName(part)) {
      throw new IllegalArgumentException(
          what
              + " must begin with a letter from a to z, a digit or a dot, followed by those, hyphens"
              + " and underscores"
              + (what.startsWith("layer") ? ", in each of its parts between slashes" : "")
              + ", got '"
              + name
              + "'");
    }
  }

  /** Refuses a value of a layer, with what it must be. */
  static void that(boolean condition, String layer, String expectation, Object value) {
    if (!condition) {
      throw new IllegalArgumentException(
          "layer '" + layer + "': " + expectation + ", got " + value);
    }
  }

  /** Refuses what does not fit into an array of Java, as which values are read and set. */
  static void size(String layer, Shape shape) {
    that(fits(shape, Integer.MAX_VALUE), layer, "expected less than 2^31 values", shape);
  }

  /** Refuses what does not fit into a graph's description, of at most 2 GiB, as a constant. */
  static void constant(String layer, Shape shape) {
    that(
        fits(shape, Integer.MAX_VALUE / Float.BYTES),
        layer,
        "expected less than 2^29 values",
        shape);
  }

  /** Tells whether a shape, of known dimensions, has no more values than that. */
  static boolean fits(Shape shape, int most) {
    long size = 1;
    for (long dimension : shape.asArray()) {
      if (dimension > most / size) {
        return false;
      }
      size *= Math.max(1, dimension);
    }
    return true;
  }

  /** Returns the one input's shape. */
  static Shape one(String layer, List<Shape> inputs) {
    that(inputs.size() == 1, layer, "expected one input", inputs.size());
    return inputs.get(0);
  }

  /** Returns the shape if it is a sequence's: [positions, width]. */
  static Shape sequence(String layer, Shape shape) {
    that(shape.numDimensions() == 2, layer, "expected an input of [positions, width]", shape);
    return shape;
  }

  /** Returns the one input's shape, which is a map's: [height, width, channels]. */
  static Shape map(String layer, List<Shape> inputs) {
    Shape shape = one(layer, inputs);
    that(
        shape.numDimensions() == 3, layer, "expected an input of [height, width, channels]", shape);
    return shape;
  }
}
