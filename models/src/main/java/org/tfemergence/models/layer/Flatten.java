package org.tfemergence.models.layer;

import com.google.common.collect.Iterables;
import java.util.List;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.network.Wiring;

/**
 * The values of a map as one vector, row-major, channels last.
 *
 * @param name its name
 */
public record Flatten(String name) implements WiringLayer {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if the name is blank
   */
  public Flatten {
    Require.name(name);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    return Shape.of(Require.one(name, inputs).size());
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.OneToOne(0));
  }

  @Override
  public Value call(Pass pass, List<Value> inputs) {
    Ops tf = pass.tf();
    Value x = Iterables.getOnlyElement(inputs);
    long size = x.tensor().asOutput().shape().tail().size();
    return Value.of(tf.reshape(x.floats(), tf.constant(new long[] {-1, size})));
  }
}
