package org.tfemergence.emergence.network;

import com.google.common.collect.ImmutableList;
import java.math.BigInteger;
import java.util.Objects;

/**
 * A layer of a network, as emergence sees it: a named set of units.
 *
 * <p>Only layers with a kernel count: their units are active or inactive, and paths begin, end and
 * pass there. Pooling, flattening, normalization and residual adds are wiring; as layers that do
 * not count they only hand paths on.
 *
 * @param name the layer's name, unique in its network and not blank
 * @param shape of the layer's output for one example, channels last, such as {@code [units]},
 *     {@code [height, width, channels]} or {@code [positions, width]}; each dimension at least 1
 * @param parameters the number of trainable parameters (kernel and bias together), at least 0
 * @param role whether its units count
 */
public record Layer(String name, ImmutableList<Long> shape, long parameters, Role role) {
  /** Whether a layer's units count. */
  public enum Role {
    /** They do: the layer has a kernel. */
    COUNTED,
    /** They do not: the layer only hands paths on. */
    WIRING
  }

  /**
   * Creates a layer.
   *
   * @throws IllegalArgumentException if the name is blank, the shape is empty, has a dimension
   *     below 1 or 2^63 units or more, or {@code parameters < 0}
   */
  public Layer {
    Objects.requireNonNull(role, "role");
    if (name.isBlank()) {
      throw new IllegalArgumentException("layer name must not be blank");
    }
    if (shape.isEmpty()) {
      throw new IllegalArgumentException(
          "layer '" + name + "': shape must have at least one dimension");
    }
    for (long dimension : shape) {
      if (dimension < 1) {
        throw new IllegalArgumentException(
            "layer '" + name + "': units must be at least 1, got shape " + shape);
      }
    }
    if (shape.stream()
            .map(BigInteger::valueOf)
            .reduce(BigInteger.ONE, BigInteger::multiply)
            .bitLength()
        > 63) {
      throw new IllegalArgumentException(
          "layer '" + name + "': units must be less than 2^63, got shape " + shape);
    }
    if (parameters < 0) {
      throw new IllegalArgumentException(
          "layer '" + name + "': parameters must not be negative, got " + parameters);
    }
  }

  /**
   * Creates a layer that counts and has no spatial structure.
   *
   * @param name the layer's name
   * @param units the number of units, at least 1
   * @param parameters the number of trainable parameters, at least 0
   * @throws IllegalArgumentException if the name is blank, {@code units < 1} or {@code parameters <
   *     0}
   */
  public Layer(String name, long units, long parameters) {
    this(name, ImmutableList.of(units), parameters, Role.COUNTED);
  }

  /**
   * Creates a layer that only hands paths on.
   *
   * @param name the layer's name
   * @param shape of its output for one example
   * @return the layer
   */
  public static Layer wiring(String name, ImmutableList<Long> shape) {
    return new Layer(name, shape, 0, Role.WIRING);
  }

  /**
   * Tells whether the layer's units count.
   *
   * @return whether its role is {@link Role#COUNTED}
   */
  public boolean counted() {
    return role == Role.COUNTED;
  }

  /**
   * Returns the number of units.
   *
   * @return the product of the shape's dimensions, at least 1
   */
  public long units() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /**
   * Returns the number of channels: of filters in a convolution, of units in a dense layer.
   *
   * @return the last dimension of the shape, at least 1
   */
  public long channels() {
    return shape.get(shape.size() - 1);
  }
}
