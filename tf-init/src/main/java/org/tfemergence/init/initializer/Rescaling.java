package org.tfemergence.init.initializer;

import com.google.common.collect.Maps;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.init.plan.Kernel;

/** Gives variables that exist already, initialized by whomever, the factors of a plan. */
public final class Rescaling {
  private Rescaling() {}

  /**
   * Adds an operation that multiplies each kernel with its factor in a plan. What else the plan
   * says, of the values that are drawn and of the kernels' gains, is not looked at.
   *
   * <p>Run it once, behind the initialization: a second run would multiply again.
   *
   * @param tf where to add it
   * @param plan the factors, by the kernels' names
   * @param weights the variables, of either kind; those that are no kernel of the plan stay as they
   *     are
   * @return the operation, to be the target of a run
   * @throws IllegalArgumentException if a kernel of the plan has no variable of its name and shape
   */
  public static Op build(Ops tf, InitPlan plan, List<Weight> weights) {
    Map<String, Weight> byName = Maps.uniqueIndex(weights, Weight::name);
    List<Op> assigned = new ArrayList<>();
    for (InitPlan.Row row : plan.rows()) {
      Weight weight = byName.get(row.kernel().name());
      require(row.kernel(), weight);
      Ops near = weight.beside(tf);
      Operand<TFloat32> factor = near.constant((float) row.factor());
      assigned.add(weight.assign(near, near.math.mul(weight.read(near), factor)));
    }
    return tf.withControlDependencies(assigned).noOp();
  }

  private static void require(Kernel kernel, Weight weight) {
    Shape expected = Shape.of(Longs.toArray(kernel.shape()));
    if (weight == null || !weight.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "kernel '"
              + kernel.name()
              + "' must have a variable of shape "
              + expected
              + ", got "
              + (weight == null ? "none" : weight.shape()));
    }
  }
}
