package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.variable.Variables;

/**
 * The description of a network that gives logits: immutable, and buildable in any number of graphs.
 * A model is a record of its sizes that draws a {@link Blueprint}.
 */
@FunctionalInterface
public interface Model {
  /**
   * Draws the network.
   *
   * @return its layers, and which feeds which; equal models give equal networks
   */
  Blueprint blueprint();

  /**
   * Returns the network's structure.
   *
   * @return its layers, and how they are wired
   */
  default Network network() {
    return blueprint().network();
  }

  /**
   * Returns the kernels with their ranks.
   *
   * @return the kernels, for an initialization scheme
   */
  default ImmutableList<Kernel> kernels() {
    return blueprint().kernels();
  }

  /**
   * Makes the model's variables in a graph.
   *
   * @param variables where to make them
   * @param scheme how its kernels are initialized
   * @return the model, ready to be called
   */
  default Built build(Variables variables, InitScheme scheme) {
    return blueprint().build(variables, scheme);
  }

  /** A model with variables. */
  interface Built {
    /**
     * Adds the model's operations to a graph; all calls share the variables.
     *
     * @param pass where to add them, and what for; some layers differ between training and
     *     evaluation
     * @param inputs a value for each of the {@link Blueprint#inputs}, [batch, input shape...]
     * @return the outputs
     */
    Head call(Pass pass, List<Value> inputs);

    /**
     * Adds the operations of one layer and of those that it needs and that have no value yet. What
     * is known may be of another call, or be changed between two requests; so a sequence is
     * continued with what was computed of its beginning.
     *
     * @param pass where to add them, and what for
     * @param known values by the names of inputs and layers; those computed are added
     * @param layer the layer's name
     * @return its value
     * @throws IllegalArgumentException if there is no such layer, or it needs an input that has no
     *     value
     */
    Value compute(Pass pass, Map<String, Value> known, String layer);

    /**
     * Returns the kernels' variables.
     *
     * @return by the layer's name, of the layers that have one
     */
    ImmutableMap<String, Weight> kernels();
  }

  /**
   * What a call of a model gives.
   *
   * @param logits [batch, output shape...], unnormalized
   * @param taps the activations of the layers of {@link #network()}, in its order
   */
  record Head(Operand<TFloat32> logits, ImmutableList<Tap> taps) {}
}
