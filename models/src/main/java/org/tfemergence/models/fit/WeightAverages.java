package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * Exponential moving averages of a model's variables, the statistics of its normalizations
 * included. An average begins as its variable, and again whenever the variable is set from outside;
 * each update then does
 *
 * <pre>{@code
 * average <- decay average + (1 - decay) w
 * }</pre>
 *
 * @param of the average of each variable, by the variable's name
 * @param start sets the averages to the variables; to be run once, when these are initialized
 * @param advance takes the variables in; a run of its own after the step, so that it sees what
 *     callbacks made of them
 * @param swap exchanges variables and averages
 */
record WeightAverages(ImmutableMap<String, Variable> of, Op start, Op advance, Op swap) {
  /** Returns the name of a variable's average. */
  static String name(String variable) {
    return "average/" + variable;
  }

  static WeightAverages build(Ops tf, Variables variables, double decay) {
    ImmutableMap.Builder<String, Variable> of = ImmutableMap.builder();
    List<Op> started = new ArrayList<>();
    List<Op> advanced = new ArrayList<>();
    List<Op> swapped = new ArrayList<>();
    Operand<TFloat32> rest = tf.constant((float) (1 - decay));
    for (Variable variable : variables.model()) {
      Variable average =
          variables.add(name(variable.name()), variable.shape(), Variable.Role.STATE, 0);
      of.put(variable.name(), average);
      Operand<TFloat32> value = variable.read(tf);
      Operand<TFloat32> averaged = average.read(tf);
      started.add(tf.assignVariableOp(average.handle(), value));
      advanced.add(
          tf.assignSubVariableOp(
              average.handle(), tf.math.mul(tf.math.sub(averaged, value), rest)));
      Ops read = tf.withControlDependencies(value, averaged);
      swapped.add(read.assignVariableOp(average.handle(), value));
      swapped.add(read.assignVariableOp(variable.handle(), averaged));
    }
    return new WeightAverages(
        of.buildOrThrow(),
        tf.withControlDependencies(started).noOp(),
        tf.withControlDependencies(advanced).noOp(),
        tf.withControlDependencies(swapped).noOp());
  }
}
