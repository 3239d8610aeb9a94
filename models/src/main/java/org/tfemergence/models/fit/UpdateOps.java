package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Readout;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.FiniteGate;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.optimize.GradientTransform;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.variable.FiniteCheck;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * The operations of an update.
 *
 * @param update changes the weights; fails at a {@link FiniteGate} and changes nothing if the loss
 *     is not finite, or the norm of the gradients where a transform takes it
 * @param nonFinite tells, in a run with the same feeds, whose gradients are not finite
 * @param taking if an update may have several batches, how those before the last are taken in
 */
/*
 * If an update has several batches, all but the last are taken in: Taking. The last one's run
 * updates: gradients are transformed, the optimizer changes the weights, and only then are
 * statistics and accumulators set.
 */
record UpdateOps(Op update, Readout<ImmutableList<String>> nonFinite, Optional<Taking> taking) {
  /**
   * How batches are taken in, and left out again.
   *
   * @param begin to be run before the first
   * @param take takes in a batch
   * @param undo leaves everything as it was when begun
   */
  record Taking(Op begin, Op take, Op undo) {}

  /** How the weights are changed by gradients. */
  record Change(Optimizer optimizer, GradientTransform transform, Operand<TFloat32> learningRate) {}

  /**
   * Adds the operations.
   *
   * @param reduction what the batch's gradients are, already means if {@code whole}
   * @param whole whether a batch on one device is all of an update
   * @param accumulates whether an update may have several batches
   * @param masks by weights' names, which of their elements are there
   */
  static UpdateOps build(
      Ops tf,
      Variables variables,
      Reduction reduction,
      boolean whole,
      boolean accumulates,
      Map<String, Weight> masks,
      Change change) {
    Objective.Totals totals = reduction.totals();
    Operand<TFloat32> count = totals.count();
    ImmutableList<Gradient> sums = reduction.gradients();
    ImmutableList<Pass.Assignment> assignments = reduction.assignments();
    if (!accumulates) {
      ImmutableList<Gradient> means = whole ? sums : means(tf, sums, count);
      Op changed = change(tf, variables, totals, masked(tf, change, means, masks), change);
      return new UpdateOps(
          together(tf, List.of(changed), assignments), nonFinite(tf, means), Optional.empty());
    }
    Accumulator accumulator = new Accumulator(variables, count, sums);
    ImmutableList<Gradient> means = accumulator.means(tf);
    Op changed = change(tf, variables, totals, masked(tf, change, means, masks), change);
    List<Op> cleared = accumulator.clear(tf.withControlDependencies(changed));
    cleared.add(changed);
    Accumulator.Statistics statistics =
        Accumulator.statistics(
            tf, assignments.stream().map(Pass.Assignment::variable).distinct().toList());
    List<Op> undone = accumulator.clear(tf);
    undone.addAll(statistics.putBack());
    return new UpdateOps(
        together(tf, cleared, assignments),
        nonFinite(tf, means),
        Optional.of(
            new Taking(
                tf.withControlDependencies(statistics.keep()).noOp(),
                together(tf, accumulator.take(tf), assignments),
                tf.withControlDependencies(undone).noOp())));
  }

  private static ImmutableList<Gradient> means(
      Ops tf, List<Gradient> sums, Operand<TFloat32> count) {
    Operand<TFloat32> share = tf.math.div(tf.constant(1f), count);
    return sums.stream()
        .map(sum -> sum.with(tf.math.mul(sum.value(), share)))
        .collect(ImmutableList.toImmutableList());
  }

  /* What is masked has no gradient. A plain update need not know: what it does there is undone. */
  private static ImmutableList<Gradient> masked(
      Ops tf, Change change, ImmutableList<Gradient> gradients, Map<String, Weight> masks) {
    if (change.transform().equals(GradientTransform.none())) {
      return gradients;
    }
    return gradients.stream()
        .map(
            gradient -> {
              Weight mask = masks.get(gradient.variable().name());
              return mask == null ? gradient : gradient.with(masked(tf, gradient, mask));
            })
        .collect(ImmutableList.toImmutableList());
  }

  private static Operand<TFloat32> masked(Ops tf, Gradient gradient, Weight mask) {
    Ops near = mask.beside(tf);
    return near.select(
        near.math.greater(mask.read(near), near.constant(0f)), gradient.value(), near.constant(0f));
  }

  /* Has the optimizer change the weights, if the loss is finite. */
  private static Op change(
      Ops tf,
      Variables variables,
      Objective.Totals totals,
      ImmutableList<Gradient> gradients,
      Change change) {
    Ops gated =
        tf.withControlDependencies(
            FiniteGate.pass(tf, totals.loss(), "the loss"),
            FiniteGate.pass(tf, totals.sums().get("loss"), "the loss that is told"));
    ImmutableList<Gradient> sound =
        gradients.stream()
            .map(gradient -> gradient.with(gated.identity(gradient.value())))
            .collect(ImmutableList.toImmutableList());
    return change
        .optimizer()
        .update(tf, variables, change.transform().apply(tf, sound), change.learningRate());
  }

  private static Readout<ImmutableList<String>> nonFinite(Ops tf, List<Gradient> gradients) {
    List<Variable> variables = gradients.stream().map(Gradient::variable).toList();
    return FiniteCheck.build(tf, variables, gradients.stream().map(Gradient::value).toList());
  }

  /* What layers set comes last: the pass has read the values of before. */
  private static Op together(Ops tf, List<Op> done, List<Pass.Assignment> assignments) {
    Op before = tf.withControlDependencies(done).noOp();
    Ops after = tf.withControlDependencies(before);
    List<Op> all = new ArrayList<>(List.of(before));
    for (Pass.Assignment assignment : assignments) {
      all.add(after.assignVariableOp(assignment.variable().handle(), assignment.value()));
    }
    return tf.withControlDependencies(all).noOp();
  }
}
