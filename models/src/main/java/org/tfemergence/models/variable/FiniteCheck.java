package org.tfemergence.models.variable;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;

/** Finds variables with NaN or infinite elements; a truth value each leaves the device. */
public final class FiniteCheck {
  private final ImmutableList<Variable> variables;
  private final Operand<TBool> finite;

  private FiniteCheck(ImmutableList<Variable> variables, Operand<TBool> finite) {
    this.variables = variables;
    this.finite = finite;
  }

  /**
   * Adds the operations.
   *
   * @param tf where to add them
   * @param variables what to look at, at least one
   * @return the check
   * @throws IllegalArgumentException if there is no variable
   */
  public static FiniteCheck build(Ops tf, List<Variable> variables) {
    if (variables.isEmpty()) {
      throw new IllegalArgumentException("variables must not be empty");
    }
    Ops scope = tf.withSubScope("finite");
    List<Operand<TBool>> each = new ArrayList<>();
    for (Variable variable : variables) {
      int[] axes = IntStream.range(0, variable.shape().numDimensions()).toArray();
      each.add(scope.reduceAll(scope.math.isFinite(variable.read(scope)), scope.constant(axes)));
    }
    return new FiniteCheck(ImmutableList.copyOf(variables), scope.stack(each)); // [variables]
  }

  /**
   * Looks at the variables.
   *
   * @param session a session on the graph
   * @return the names of those with an element that is NaN or infinite
   */
  public ImmutableList<String> violations(Session session) {
    try (Result result = session.runner().fetch(finite).run()) {
      TBool found = (TBool) result.get(0);
      return IntStream.range(0, variables.size())
          .filter(i -> !found.getBoolean(i))
          .mapToObj(i -> variables.get(i).name())
          .collect(ImmutableList.toImmutableList());
    }
  }
}
