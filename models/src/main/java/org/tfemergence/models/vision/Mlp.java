package org.tfemergence.models.vision;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.variable.Variables;

/**
 * A multi-layer perceptron: dense layers {@code dense_1 .. dense_k} and a linear layer {@code
 * logits}.
 *
 * @param inputs the number of inputs, at least 1
 * @param hidden the number of units of each hidden layer
 * @param classes the number of classes, at least 2
 * @param activation the activation of the hidden layers
 */
public record Mlp(int inputs, ImmutableList<Integer> hidden, int classes, Activation activation)
    implements Model {
  /**
   * Creates the description of a network.
   *
   * @throws IllegalArgumentException if there are fewer than two classes, or a layer has no unit
   */
  public Mlp {
    if (classes < 2) {
      throw new IllegalArgumentException("classes must be at least 2, got " + classes);
    }
    layers(inputs, hidden, classes, activation);
  }

  /**
   * Returns a network with rectifiers.
   *
   * @param inputs the number of inputs
   * @param classes the number of classes
   * @param hidden the number of units of each hidden layer
   * @return the network's description
   */
  public static Mlp of(int inputs, int classes, int... hidden) {
    return new Mlp(inputs, ImmutableList.copyOf(Ints.asList(hidden)), classes, Activation.RELU);
  }

  @Override
  public Shape inputShape() {
    return Shape.of(inputs);
  }

  @Override
  public Network network() {
    return Network.chain(layers().stream().map(Dense::layer).toList());
  }

  @Override
  public ImmutableList<Kernel> kernels() {
    ImmutableList.Builder<Kernel> kernels = ImmutableList.builder();
    for (int i = 0; i < layers().size(); i++) {
      kernels.add(layers().get(i).kernel(i + 1));
    }
    return kernels.build();
  }

  @Override
  public Built build(Variables variables, InitScheme scheme) {
    int depth = InitPlan.depth(kernels());
    List<Dense.Built> built = new ArrayList<>();
    for (int i = 0; i < layers().size(); i++) {
      built.add(layers().get(i).build(variables, scheme.initializer(kernels().get(i), depth)));
    }
    return (tf, input, phase) -> {
      Operand<TFloat32> x = input; // [batch, inputs]
      ImmutableList.Builder<Tap> taps = ImmutableList.builder();
      for (Dense.Built layer : built) {
        Tap tap = layer.call(tf, x);
        taps.add(tap);
        x = tap.activations(); // [batch, units]
      }
      return new Head(x, taps.build());
    };
  }

  private ImmutableList<Dense> layers() {
    return layers(inputs, hidden, classes, activation);
  }

  private static ImmutableList<Dense> layers(
      int inputs, List<Integer> hidden, int classes, Activation activation) {
    ImmutableList.Builder<Dense> layers = ImmutableList.builder();
    int width = inputs;
    for (int i = 0; i < hidden.size(); i++) {
      layers.add(new Dense("dense_" + (i + 1), width, hidden.get(i), activation));
      width = hidden.get(i);
    }
    return layers.add(new Dense("logits", width, classes, Activation.LINEAR)).build();
  }
}
