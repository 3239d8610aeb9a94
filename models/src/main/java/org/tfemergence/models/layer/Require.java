package org.tfemergence.models.layer;

import java.util.List;
import org.tensorflow.ndarray.Shape;

/** What layers ask of their descriptions and inputs; refusals name the layer and the value. */
final class Require {
  private Require() {}

  /** Refuses a blank name. */
  static void name(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("layer name must not be blank");
    }
  }

  /** Refuses a value of a layer, with what it must be. */
  static void that(boolean condition, String layer, String expectation, Object value) {
    if (!condition) {
      throw new IllegalArgumentException(
          "layer '" + layer + "': " + expectation + ", got " + value);
    }
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
