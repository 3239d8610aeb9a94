package org.tfemergence.models.layer;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variables;

/**
 * A layer whose kernel is drawn with another standard deviation than the scheme's, because of its
 * place in a block: queries, keys and values of an attention with {@code 1 / sqrt(2)}.
 *
 * @param layer the layer
 * @param gain the factor of its kernel's standard deviation besides the scheme's, finite and
 *     positive
 */
public record WithGain(LayerSpec layer, double gain) implements LayerSpec {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if the gain is not finite and positive
   */
  public WithGain {
    Require.that(
        gain > 0 && Double.isFinite(gain), layer.name(), "gain must be finite and positive", gain);
  }

  @Override
  public String name() {
    return layer.name();
  }

  @Override
  public Shape output(List<Shape> inputs) {
    return layer.output(inputs);
  }

  @Override
  public Layer layer(List<Shape> inputs) {
    return layer.layer(inputs);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return layer.wiring(input, inputs);
  }

  @Override
  public OptionalInt idsBelow(int input) {
    return layer.idsBelow(input);
  }

  @Override
  public int leastBatch(List<Shape> inputs) {
    return layer.leastBatch(inputs);
  }

  @Override
  public Optional<Shape> kernel(List<Shape> inputs) {
    return layer.kernel(inputs);
  }

  @Override
  public Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
    return layer.build(variables, initializer, inputs);
  }
}
