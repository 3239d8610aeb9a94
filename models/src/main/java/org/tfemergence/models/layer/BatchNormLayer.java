package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.primitives.Longs;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variables;

/**
 * Batch normalization as a layer of its own, as networks have it that normalize before a kernel. It
 * hands paths on, one to one.
 *
 * @param name its name
 * @param batchNorm the normalization, over all but the last dimension
 * @param activation the activation function behind it
 */
public record BatchNormLayer(String name, BatchNorm batchNorm, Activation activation)
    implements LayerSpec {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name
   */
  public BatchNormLayer {
    Objects.requireNonNull(batchNorm, "batchNorm");
    Objects.requireNonNull(activation, "activation");
    Require.name(name);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    Shape shape = Require.one(name, inputs);
    Require.that(shape.numDimensions() > 0, name, "expected an input of [..., channels]", shape);
    return shape;
  }

  @Override
  public Layer layer(List<Shape> inputs) {
    Shape shape = output(inputs);
    return new Layer(
        name,
        ImmutableList.copyOf(Longs.asList(shape.asArray())),
        batchNorm.parameters(shape.get(-1)),
        Layer.Role.WIRING);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.OneToOne(0));
  }

  @Override
  public int leastBatch(List<Shape> inputs) {
    return BatchNorm.leastBatch(output(inputs));
  }

  @Override
  public Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
    BatchNorm.Built built = batchNorm.build(variables, name, output(inputs).get(-1));
    return (pass, values) -> {
      Value x = Iterables.getOnlyElement(values);
      return Called.of(x.with(activation.apply(pass.tf(), built.call(pass, x))));
    };
  }
}
