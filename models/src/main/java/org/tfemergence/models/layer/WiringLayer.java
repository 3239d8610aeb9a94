package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Longs;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variables;

/** A layer without variables: it hands paths on, and its units do not count. */
public interface WiringLayer extends LayerSpec {
  /**
   * Adds the layer's operations to a graph.
   *
   * @param pass where to add them, and what for
   * @param inputs what the layer works on
   * @return the layer's output
   */
  Value call(Pass pass, List<Value> inputs);

  @Override
  default Layer layer(List<Shape> inputs) {
    return Layer.wiring(name(), ImmutableList.copyOf(Longs.asList(output(inputs).asArray())));
  }

  @Override
  default Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
    return (pass, values) -> Called.of(call(pass, values));
  }
}
