package org.tfemergence.models.layer;

import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Wiring;

/**
 * The channels of several inputs, one behind the other. The inputs agree in all dimensions but the
 * last. What is padding in one of them is so in all.
 *
 * @param name its name
 */
public record Concat(String name) implements WiringLayer {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name
   */
  public Concat {
    Require.name(name);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    Shape positions = positions(inputs.get(0));
    Require.that(
        inputs.size() >= 2 && inputs.stream().map(Concat::positions).allMatch(positions::equals),
        name,
        "expected at least two inputs that differ in the last dimension only",
        inputs);
    return positions.append(channelsBefore(inputs.size(), inputs));
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.OneToOne(channelsBefore(input, inputs)));
  }

  @Override
  public Value call(Pass pass, List<Value> inputs) {
    Ops tf = pass.tf();
    List<Operand<TFloat32>> values = inputs.stream().map(Value::floats).toList();
    int last = values.get(0).asOutput().shape().numDimensions() - 1;
    return Value.joined(tf, inputs, tf.concat(values, tf.constant(last)));
  }

  private static Shape positions(Shape shape) {
    return shape.take(shape.numDimensions() - 1);
  }

  private static long channelsBefore(int input, List<Shape> inputs) {
    return inputs.stream().limit(input).mapToLong(shape -> shape.get(-1)).sum();
  }
}
