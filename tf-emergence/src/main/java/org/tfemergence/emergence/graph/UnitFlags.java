package org.tfemergence.emergence.graph;

import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.types.TBool;

/**
 * One flag for each unit of a layer, in the layer's shape.
 *
 * @param active which units are active
 * @param real with padding, which units are not padding in all examples; no other is active
 */
public record UnitFlags(Operand<TBool> active, Optional<Operand<TBool>> real) {
  /**
   * Creates the flags of a layer without padding.
   *
   * @param active which units are active, in the layer's shape
   */
  public UnitFlags(Operand<TBool> active) {
    this(active, Optional.empty());
  }
}
