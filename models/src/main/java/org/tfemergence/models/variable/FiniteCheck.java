package org.tfemergence.models.variable;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.graph.Readout;

/** Finds NaN and infinite elements, by variables; a number each leaves the device. */
public final class FiniteCheck {
  private FiniteCheck() {}

  /**
   * Adds the operations that look at variables.
   *
   * @param tf where to add them
   * @param variables what to look at, at least one
   * @return the names of those with an element that is NaN or infinite
   * @throws IllegalArgumentException if there is no variable
   */
  public static Readout<ImmutableList<String>> build(Ops tf, List<Variable> variables) {
    return build(tf, variables, variables.stream().map(variable -> variable.read(tf)).toList());
  }

  /**
   * Adds the operations that look at what is computed of variables, such as gradients.
   *
   * @param tf where to add them
   * @param variables the variables, at least one
   * @param values a value of each, of its shape
   * @return the names of the variables with an element that is NaN or infinite in their value
   * @throws IllegalArgumentException if there is no variable
   */
  public static Readout<ImmutableList<String>> build(
      Ops tf, List<Variable> variables, List<Operand<TFloat32>> values) {
    if (variables.isEmpty()) {
      throw new IllegalArgumentException("variables must not be empty");
    }
    ImmutableList<String> names =
        variables.stream().map(Variable::name).collect(ImmutableList.toImmutableList());
    Ops scope = tf.withSubScope("finite");
    List<Operand<TFloat64>> each = new ArrayList<>();
    for (int i = 0; i < variables.size(); i++) {
      int[] axes = IntStream.range(0, variables.get(i).shape().numDimensions()).toArray();
      each.add(
          scope.dtypes.cast(
              scope.reduceAll(scope.math.isFinite(values.get(i)), scope.constant(axes)),
              TFloat64.class));
    }
    return Readout.of( // [variables]
        scope.stack(each),
        finite ->
            IntStream.range(0, names.size())
                .filter(i -> finite[i] == 0)
                .mapToObj(names::get)
                .collect(ImmutableList.toImmutableList()));
  }
}
