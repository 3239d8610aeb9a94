package org.tfemergence.models.layer;

import com.google.common.collect.Iterables;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;

/**
 * Pooling over a whole map: of [height, width, channels], [1, 1, channels] is left. {@link Flatten}
 * makes a vector of it.
 *
 * @param name its name
 * @param pooling what becomes of a channel's values
 */
public record GlobalPool(String name, Pooling pooling) implements WiringLayer {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name
   */
  public GlobalPool {
    Objects.requireNonNull(pooling, "pooling");
    Require.name(name);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    return Shape.of(1, 1, Require.map(name, inputs).get(2));
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    Shape map = Require.map(name, inputs);
    return Optional.of(new Wiring.Pooling(Window.all(map.get(0), map.get(1))));
  }

  @Override
  public Value call(Pass pass, List<Value> inputs) {
    Ops tf = pass.tf();
    Value x = Iterables.getOnlyElement(inputs);
    Operand<TInt32> positions = tf.constant(new int[] {1, 2});
    return x.with(
        pooling == Pooling.MAX
            ? tf.reduceMax(x.floats(), positions, ReduceMax.keepDims(true))
            : tf.math.mean(x.floats(), positions, Mean.keepDims(true)));
  }
}
