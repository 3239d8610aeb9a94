package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.variable.Variables;

/** The description of a classifying network: immutable, and buildable in any number of graphs. */
public interface Model {
  /**
   * Returns the shape of an input.
   *
   * @return the shape of one example, without a batch dimension
   */
  Shape inputShape();

  /**
   * Returns the number of classes.
   *
   * @return the length of an example's logits, at least 2
   */
  int classes();

  /**
   * Returns the network's structure.
   *
   * @return the layers that have a kernel, and how they are wired
   */
  Network network();

  /**
   * Returns the kernels with their ranks.
   *
   * @return the kernels, for an initialization scheme
   */
  ImmutableList<Kernel> kernels();

  /**
   * Makes the model's variables in a graph.
   *
   * @param variables where to make them
   * @param scheme how its kernels are initialized
   * @return the model, ready to be called
   */
  Built build(Variables variables, InitScheme scheme);

  /** A model with variables. */
  @FunctionalInterface
  interface Built {
    /**
     * Adds the model's operations to a graph; all calls share the variables.
     *
     * @param tf where to add them
     * @param input the inputs, [batch, input shape...]
     * @param phase what the operations are for; some layers differ between training and evaluation
     * @return the outputs
     */
    Head call(Ops tf, Operand<TFloat32> input, Phase phase);
  }

  /**
   * What a call of a model gives.
   *
   * @param logits [batch, classes], unnormalised
   * @param taps the activations of the layers of {@link #network()}, in its order; those of the
   *     last are the logits
   */
  record Head(Operand<TFloat32> logits, ImmutableList<Tap> taps) {}
}
