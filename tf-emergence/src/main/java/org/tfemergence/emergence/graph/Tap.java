package org.tfemergence.emergence.graph;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/**
 * Where a layer's activations can be read in a graph.
 *
 * @param layer the layer's name
 * @param activations the layer's output after its activation function, [batch, ...]; all dimensions
 *     but the first must be known
 */
public record Tap(String layer, Operand<TFloat32> activations) {
  /**
   * Creates a tap.
   *
   * @throws IllegalArgumentException if the activations have no batch dimension or another unknown
   *     dimension
   */
  public Tap {
    Shape shape = activations.asOutput().shape();
    if (shape.isUnknown() || shape.numDimensions() < 2 || shape.tail().hasUnknownDimension()) {
      throw new IllegalArgumentException(
          "tap of layer '"
              + layer
              + "': expected [batch, ...] with known dimensions behind the"
              + " first, got "
              + shape);
    }
  }

  /**
   * Returns the shape of the layer's output for one example.
   *
   * @return the activations' shape without the batch dimension
   */
  public Shape unitShape() {
    return activations.asOutput().shape().tail();
  }

  /**
   * Returns the number of the layer's units.
   *
   * @return the number of values in the output for one example
   */
  public long units() {
    return unitShape().size();
  }
}
