package org.tfemergence.models.layer;

import com.google.common.collect.Iterables;
import java.util.List;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.network.Wiring;

/**
 * A map with channels of zeros behind its own, as a shortcut has it that leads to a wider block
 * (option A of He et al., arXiv 1512.03385).
 *
 * @param name its name
 * @param channels the number of channels with the zeros, at least the input's
 */
public record PadChannels(String name, int channels) implements WiringLayer {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name, or {@code channels <
   *     1}
   */
  public PadChannels {
    Require.name(name);
    Require.that(channels >= 1, name, "channels must be at least 1", channels);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    Shape map = Require.map(name, inputs);
    Require.that(
        map.get(2) <= channels, name, "expected at most " + channels + " channels", map.get(2));
    return Shape.of(map.get(0), map.get(1), channels);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.OneToOne(0));
  }

  @Override
  public Value call(Pass pass, List<Value> inputs) {
    Ops tf = pass.tf();
    Value x = Iterables.getOnlyElement(inputs);
    int missing = channels - Math.toIntExact(x.tensor().asOutput().shape().get(-1));
    int[][] paddings = {{0, 0}, {0, 0}, {0, 0}, {0, missing}};
    return x.with(tf.pad(x.floats(), tf.constant(paddings), tf.constant(0f)));
  }
}
