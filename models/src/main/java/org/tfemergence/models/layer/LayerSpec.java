package org.tfemergence.models.layer;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * The description of one layer: the shapes it makes of others, how it looks to emergence, its
 * variables, its operations. Immutable, and knows nothing of its place in a network; {@link
 * Blueprint} puts layers together.
 *
 * <p>All shapes are of one example, without a batch dimension.
 */
public interface LayerSpec {
  /**
   * Returns the layer's name.
   *
   * @return the name, unique in its network; variables are named {@code NAME/...}
   */
  String name();

  /**
   * Returns the shape of the layer's output.
   *
   * @param inputs the shapes of its inputs
   * @return the shape
   * @throws IllegalArgumentException if the layer does not take such inputs
   */
  Shape output(List<Shape> inputs);

  /**
   * Returns the layer as emergence sees it: counted if it has a kernel, else wiring; with the
   * number of its trainable parameters.
   *
   * @param inputs the shapes of its inputs
   * @return the layer, of this one's name and {@link #output}
   */
  Layer layer(List<Shape> inputs);

  /**
   * Tells how an input feeds this layer.
   *
   * @param input the input's position
   * @param inputs the shapes of its inputs
   * @return the wiring; empty if no path of the network runs through that input
   */
  Optional<Wiring> wiring(int input, List<Shape> inputs);

  /**
   * Tells whether an input of the layer is of ids: an {@link InputSpec} of int32 values that are
   * not negative and less than this. What is no ids is float32.
   *
   * @param input the input's position
   * @return the number that all ids are less than, at least 1; empty, as by default, if they are no
   *     ids
   */
  default OptionalInt idsBelow(int input) {
    return OptionalInt.empty();
  }

  /**
   * Returns how many examples a training step must have, of which each device has its share.
   *
   * @param inputs the shapes of its inputs
   * @return at least 1; 2 if the layer normalizes a batch that has one value of a channel for each
   *     example
   */
  default int leastBatch(List<Shape> inputs) {
    return 1;
  }

  /**
   * Returns the shape of the kernel that an initialization scheme draws.
   *
   * @param inputs the shapes of its inputs
   * @return the shape, input and output channels last; empty if the layer has no kernel, or draws
   *     it by a rule of its own
   */
  default Optional<Shape> kernel(List<Shape> inputs) {
    return Optional.empty();
  }

  /**
   * Returns the factor of the kernel's standard deviation besides the scheme's.
   *
   * @return finite and positive; 1 unless the layer's place in a block asks for another
   */
  default double gain() {
    return 1;
  }

  /**
   * Makes the layer's variables.
   *
   * @param variables where to make them
   * @param initializer what draws the kernel's first values; to a layer without a {@link #kernel},
   *     the scheme's base, whose seed is that of all it draws
   * @param inputs the shapes of its inputs
   * @return the layer, ready to be called
   */
  Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs);

  /** A layer with variables. */
  interface Built {
    /**
     * Adds the layer's operations to a graph; all calls share the variables.
     *
     * @param pass where to add them, and what for
     * @param inputs what the layer works on
     * @return what comes of it
     */
    Called call(Pass pass, List<Value> inputs);

    /**
     * Returns the variable of the layer's kernel.
     *
     * @return the kernel; empty if the layer has none
     */
    default Optional<Variable> kernel() {
      return Optional.empty();
    }

    /**
     * Returns the weights that the layer's units are made with.
     *
     * @return its kernel or table, or another layer's variable that it shares; empty if it has
     *     neither
     */
    default Optional<Weight> connections() {
      return kernel().map(Variable::weight);
    }
  }

  /**
   * What a call of a layer gives.
   *
   * @param output the layer's output, after its activation function if it has one
   * @param kernelOutput where a normalization lies between the kernel and the output, what the
   *     kernel (with its bias) gave to it, of the output's shape
   */
  record Called(Value output, Optional<Operand<TFloat32>> kernelOutput) {
    /**
     * Creates the result of a layer that does not normalize.
     *
     * @param output the layer's output
     * @return the result
     */
    public static Called of(Value output) {
      return new Called(output, Optional.empty());
    }
  }
}
