package org.tfemergence.models.layer;

import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Wiring;

/**
 * The sum of inputs of one shape, as a residual connection ends in. It hands paths on, one to one.
 * What is padding in one of them is so in the sum.
 *
 * @param name its name; it has no variables
 */
public record Add(String name) implements WiringLayer {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name
   */
  public Add {
    Require.name(name);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    Shape shape = inputs.get(0);
    Require.that(
        inputs.size() >= 2 && inputs.stream().allMatch(shape::equals),
        name,
        "expected at least two inputs of one shape",
        inputs);
    return shape;
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.OneToOne(0));
  }

  @Override
  public Value call(Pass pass, List<Value> inputs) {
    Operand<TFloat32> sum = inputs.get(0).floats();
    for (Value input : inputs.subList(1, inputs.size())) {
      sum = pass.tf().math.add(sum, input.floats());
    }
    return Value.joined(pass.tf(), inputs, sum);
  }
}
