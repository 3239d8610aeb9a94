package org.tfemergence.models.layer;

import com.google.common.collect.Iterables;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Wiring;

/**
 * An activation function as a layer of its own, as behind a residual add.
 *
 * @param name its name
 * @param activation the function
 */
public record Activate(String name, Activation activation) implements WiringLayer {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name
   */
  public Activate {
    Objects.requireNonNull(activation, "activation");
    Require.name(name);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    return Require.one(name, inputs);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.OneToOne(0));
  }

  @Override
  public Value call(Pass pass, List<Value> inputs) {
    Value x = Iterables.getOnlyElement(inputs);
    return x.with(activation.apply(pass.tf(), x.floats()));
  }
}
