package org.tfemergence.models.layer;

import com.google.common.collect.Iterables;
import java.util.List;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.network.Wiring;

/**
 * The values of a map as one vector, row-major, channels last. Not of a sequence with padding,
 * whose length differs from batch to batch.
 *
 * @param name its name
 */
public record Flatten(String name) implements WiringLayer {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name
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
    Shape shape = x.tensor().asOutput().shape().tail();
    Require.that(
        x.real().isEmpty() && !shape.hasUnknownDimension(),
        name,
        "cannot flatten sequences of varying length",
        shape);
    return Value.of(tf.reshape(x.floats(), tf.constant(new long[] {-1, shape.size()})));
  }
}
