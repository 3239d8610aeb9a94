package org.tfemergence.emergence.network;

/**
 * A layer of a network, as emergence sees it: a named set of units.
 *
 * @param name the layer's name, unique in its network and not blank
 * @param units the number of units, at least 1
 * @param parameters the number of trainable parameters (kernel and bias together), at least 0
 */
public record Layer(String name, long units, long parameters) {
  /**
   * Creates a layer.
   *
   * @throws IllegalArgumentException if the name is blank, {@code units < 1} or {@code parameters <
   *     0}
   */
  public Layer {
    if (name.isBlank()) {
      throw new IllegalArgumentException("layer name must not be blank");
    }
    if (units < 1) {
      throw new IllegalArgumentException(
          "layer '" + name + "': units must be at least 1, got " + units);
    }
    if (parameters < 0) {
      throw new IllegalArgumentException(
          "layer '" + name + "': parameters must not be negative, got " + parameters);
    }
  }
}
