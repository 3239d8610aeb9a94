package org.tfemergence.models.optimize;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.variable.Variable;

/**
 * The gradient of a loss with respect to a variable.
 *
 * @param variable the variable
 * @param value the gradient, of the variable's shape
 */
public record Gradient(Variable variable, Operand<TFloat32> value) {
  /**
   * Adds the operations that compute gradients.
   *
   * @param graph the graph
   * @param loss a scalar
   * @param variables the variables, all of which the loss must depend on
   * @return the gradient of each variable
   */
  public static ImmutableList<Gradient> of(
      Graph graph, Operand<TFloat32> loss, List<Variable> variables) {
    Output<?>[] handles =
        variables.stream().map(variable -> variable.handle().asOutput()).toArray(Output[]::new);
    Output<?>[] values = graph.addGradients(loss.asOutput(), handles);
    ImmutableList.Builder<Gradient> gradients = ImmutableList.builder();
    for (int i = 0; i < values.length; i++) {
      gradients.add(new Gradient(variables.get(i), values[i].op().output(values[i].index())));
    }
    return gradients.build();
  }

  /**
   * Returns another gradient of the same variable.
   *
   * @param other the gradient, of the variable's shape
   * @return the pair
   */
  public Gradient with(Operand<TFloat32> other) {
    return new Gradient(variable, other);
  }

  /**
   * Adds an operation that is done once all gradients are computed. What updates variables waits
   * for it, so that no gradient is taken from a network that is half updated. (If each update
   * waited for each gradient itself, dependencies would grow with the square of the variables.)
   *
   * @param tf the graph
   * @param gradients the gradients
   * @return the operation
   */
  public static Op computed(Ops tf, List<Gradient> gradients) {
    return tf.withControlDependencies(gradients.stream().<Op>map(Gradient::value).toList()).noOp();
  }
}
