package org.tfemergence.models.layer;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * A densely connected layer, {@code activation(x kernel + bias)}.
 *
 * @param name its name; its variables are {@code NAME/kernel} and {@code NAME/bias}
 * @param inputs the number of inputs, at least 1
 * @param units the number of units, at least 1
 * @param activation its activation function
 */
public record Dense(String name, int inputs, int units, Activation activation) {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if the name is blank or a number is less than 1
   */
  public Dense {
    if (name.isBlank()) {
      throw new IllegalArgumentException("layer name must not be blank");
    }
    if (inputs < 1) {
      throw new IllegalArgumentException(
          "layer '" + name + "': inputs must be at least 1, got " + inputs);
    }
    if (units < 1) {
      throw new IllegalArgumentException(
          "layer '" + name + "': units must be at least 1, got " + units);
    }
  }

  /**
   * Returns the layer as emergence sees it.
   *
   * @return its units, and {@code (inputs + 1) * units} parameters
   */
  public Layer layer() {
    return new Layer(name, units, (inputs + 1L) * units);
  }

  /**
   * Returns the layer's kernel as initialization sees it.
   *
   * @param rank the layer's place among the layers with kernels, from 1
   * @return the kernel, [inputs, units]
   */
  public Kernel kernel(int rank) {
    return Kernel.of(name + "/kernel", rank, inputs, units);
  }

  /**
   * Makes the layer's variables; the bias starts at zero.
   *
   * @param variables where to make them
   * @param initializer what draws the kernel's first values
   * @return the layer, ready to be called
   */
  public Built build(Variables variables, KernelInitializer initializer) {
    Shape kernel = Shape.of(inputs, units);
    Shape bias = Shape.of(units);
    return new Built(
        this,
        variables.trainable(name + "/kernel", kernel, init -> initializer.call(init, kernel)),
        variables.trainable(name + "/bias", bias, init -> Variables.filled(init, bias, 0)));
  }

  /**
   * A layer with variables.
   *
   * @param description what the layer is
   * @param kernel [inputs, units]
   * @param bias [units]
   */
  public record Built(Dense description, Variable kernel, Variable bias) {
    /**
     * Adds the layer's operations to a graph.
     *
     * @param tf where to add them
     * @param x the inputs, [batch, inputs]
     * @return the layer's name with its activations, [batch, units]
     */
    public Tap call(Ops tf, Operand<TFloat32> x) {
      Operand<TFloat32> sum = tf.nn.biasAdd(tf.linalg.matMul(x, kernel.read(tf)), bias.read(tf));
      return new Tap(description.name(), description.activation().apply(tf, sum));
    }
  }
}
