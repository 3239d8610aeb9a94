package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * Adds up gradients of several batches in variables of the graph, all zero between updates. What is
 * set besides with each batch, the statistics of normalizations, can be put back to where it was
 * before the first.
 */
final class Accumulator {
  private final Operand<TFloat32> count;
  private final List<Gradient> gradients;
  private final Variable counted;
  private final List<Variable> added = new ArrayList<>();

  /**
   * Makes the variables.
   *
   * @param variables where to make them
   * @param count what the batch counts, a scalar
   * @param gradients of the batch's loss, summed
   */
  Accumulator(Variables variables, Operand<TFloat32> count, List<Gradient> gradients) {
    this.count = count;
    this.gradients = gradients;
    counted = variables.add("accumulator/count", Shape.scalar(), Variable.Role.STATE, 0);
    for (Gradient gradient : gradients) {
      Variable weight = gradient.variable();
      added.add(
          variables.add("accumulator/" + weight.name(), weight.shape(), Variable.Role.STATE, 0));
    }
  }

  /** Adds the operations that take in a batch which is not the update's last. */
  List<Op> take(Ops tf) {
    Ops gated = tf.withControlDependencies(Gradient.computed(tf, gradients));
    List<Op> taken = new ArrayList<>();
    taken.add(gated.assignAddVariableOp(counted.handle(), count));
    for (int i = 0; i < gradients.size(); i++) {
      taken.add(gated.assignAddVariableOp(added.get(i).handle(), gradients.get(i).value()));
    }
    return taken;
  }

  /** Adds the operations that copy statistics, and those that set them to these copies. */
  static Statistics statistics(Ops tf, List<Variable> statistics) {
    List<Op> kept = new ArrayList<>();
    List<Op> putBack = new ArrayList<>();
    for (Variable statistic : statistics) {
      String name = "undo/" + statistic.name();
      VarHandleOp copy = // no part of a checkpoint, which is never of half an update
          tf.withName(name.replace('/', '.'))
              .varHandleOp(TFloat32.class, statistic.shape(), VarHandleOp.sharedName(name));
      kept.add(tf.assignVariableOp(copy, statistic.read(tf)));
      putBack.add(tf.assignVariableOp(statistic.handle(), tf.readVariableOp(copy, TFloat32.class)));
    }
    return new Statistics(kept, putBack);
  }

  /** What copies statistics, and what sets them to the copies. */
  record Statistics(List<Op> keep, List<Op> putBack) {}

  /** Returns the gradients of the mean loss over what was taken in and the batch at hand. */
  ImmutableList<Gradient> means(Ops tf) {
    Operand<TFloat32> share = tf.math.div(tf.constant(1f), tf.math.add(counted.read(tf), count));
    ImmutableList.Builder<Gradient> means = ImmutableList.builder();
    for (int i = 0; i < gradients.size(); i++) {
      Gradient gradient = gradients.get(i);
      means.add(
          gradient.with(tf.math.mul(tf.math.add(added.get(i).read(tf), gradient.value()), share)));
    }
    return means.build();
  }

  /** Adds the operations that set everything to zero. */
  List<Op> clear(Ops tf) {
    List<Op> cleared = new ArrayList<>();
    cleared.add(tf.assignVariableOp(counted.handle(), tf.constant(0f)));
    for (Variable variable : added) {
      cleared.add(
          tf.assignVariableOp(variable.handle(), Variables.filled(tf, variable.shape(), 0)));
    }
    return cleared;
  }
}
