package org.tfemergence.models.layer;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * What flows from layer to layer in a graph.
 *
 * @param tensor the values, [batch, ...]
 * @param real of a sequence with padding, which positions are real, [batch, positions]
 */
public record Value(Operand<? extends TType> tensor, Optional<Operand<TBool>> real) {
  /** Refuses null. */
  public Value {
    Objects.requireNonNull(tensor, "tensor");
    Objects.requireNonNull(real, "real");
  }

  /**
   * Creates a value without padding.
   *
   * @param tensor the values, [batch, ...]
   * @return the value
   */
  public static Value of(Operand<? extends TType> tensor) {
    return new Value(tensor, Optional.empty());
  }

  /**
   * Returns a tensor that is computed from several values, position by position.
   *
   * @param tf where to add operations
   * @param from the values, of the same positions
   * @param tensor the tensor, [batch, ...]
   * @return the value; those positions are real that are so in each that has padding
   */
  static Value joined(Ops tf, List<Value> from, Operand<? extends TType> tensor) {
    return new Value(
        tensor,
        from.stream()
            .flatMap(value -> value.real().stream())
            .distinct()
            .reduce((one, other) -> tf.math.logicalAnd(one, other)));
  }

  /**
   * Returns the values as numbers.
   *
   * @return the tensor
   * @throws IllegalArgumentException if they are not float32
   */
  public Operand<TFloat32> floats() {
    return tensor.asOutput().expect(TFloat32.class);
  }

  /**
   * Returns another tensor of the same positions.
   *
   * @param other the tensor, [batch, ...]
   * @return the value, with this one's padding
   */
  public Value with(Operand<? extends TType> other) {
    return new Value(other, real);
  }
}
