package org.tfemergence.models.vision;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.util.List;
import java.util.Objects;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;

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
    Objects.requireNonNull(hidden, "hidden");
    Objects.requireNonNull(activation, "activation");
    Classifier.requireClasses(classes);
    if (inputs < 1) {
      throw new IllegalArgumentException("inputs must be at least 1, got " + inputs);
    }
    blueprint(inputs, hidden, classes, activation);
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
  public Blueprint blueprint() {
    return blueprint(inputs, hidden, classes, activation);
  }

  private static Blueprint blueprint(
      int inputs, List<Integer> hidden, int classes, Activation activation) {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("input", TFloat32.class, Shape.of(inputs)));
    for (int i = 0; i < hidden.size(); i++) {
      x = plan.add(new Dense("dense_" + (i + 1), hidden.get(i), activation), x);
    }
    return plan.build(plan.add(new Dense("logits", classes, Activation.LINEAR), x));
  }
}
