package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;
import org.tfemergence.init.initializer.Seeds;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.variable.Variables;

/**
 * The training pass over one device's share of a batch.
 *
 * @param inputs the model's inputs, placeholders
 * @param labels the labels, a placeholder
 * @param draw the number that random operations draw by, a placeholder; a scalar
 * @param counts 1 if the share counts and 0 if not, a placeholder; a scalar, of no effect on a
 *     whole batch
 * @param totals what the objective sums up
 * @param gradients of what {@link Of} says
 * @param assignments what layers set besides the weights
 */
record Tower(
    ImmutableList<Operand<?>> inputs,
    Operand<TInt32> labels,
    Operand<TInt64> draw,
    Operand<TFloat32> counts,
    Objective.Totals totals,
    ImmutableList<Gradient> gradients,
    ImmutableList<Pass.Assignment> assignments) {

  /** What gradients are of. */
  enum Of {
    /** The loss per example or token: what is to be descended, if the batch is the whole update. */
    MEAN,
    /** The loss summed: what adds up over devices and micro-batches. */
    SUM
  }

  /** A pass with the head that the layers' activations are read from. */
  record WithHead(Tower tower, Model.Head head) {}

  /**
   * Adds a pass to a graph.
   *
   * @param graph the graph
   * @param learner what the pass is of
   * @param built its model, with variables of the graph
   * @param variables these variables
   * @param of what gradients are of
   * @param number the device's number: each draws for itself
   */
  static WithHead build(
      Graph graph, Learner learner, Model.Built built, Variables variables, Of of, int number) {
    Blueprint blueprint = learner.model().blueprint();
    Objective objective = learner.objective();
    Ops tf = Ops.create(graph);
    ImmutableList.Builder<Operand<?>> inputs = ImmutableList.builder();
    List<Value> values = new ArrayList<>();
    for (InputSpec input : blueprint.inputs()) {
      Operand<? extends TType> placeholder =
          tf.withName(input.name())
              .placeholder(input.type(), Placeholder.shape(input.batchShape()));
      inputs.add(placeholder);
      values.add(Value.of(placeholder));
    }
    InputSpec labelled =
        new InputSpec("labels", TInt32.class, objective.labels(blueprint.outputShape()));
    Operand<TInt32> labels =
        tf.withName(labelled.name())
            .placeholder(TInt32.class, Placeholder.shape(labelled.batchShape()));
    Operand<TInt64> draw =
        tf.withName("draw").placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    Operand<TFloat32> counts =
        tf.withName("counts").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    Pass pass =
        learner.computed(
            Pass.training(
                tf.withSubScope("train"),
                number == 0 ? learner.seed() : Seeds.derive(learner.seed(), "device " + number),
                draw));
    Model.Head head = built.call(pass, values);
    Objective.Totals whole = objective.totals(tf, head.logits(), labels);
    Objective.Totals totals = of == Of.MEAN ? whole : weighted(tf, whole, counts);
    Operand<TFloat32> descended =
        of == Of.MEAN ? tf.math.div(whole.loss(), whole.count()) : totals.loss();
    return new WithHead(
        new Tower(
            inputs.build(),
            labels,
            draw,
            counts,
            totals,
            Gradient.of(graph, descended, variables.trainable()),
            pass.assignments()),
        head);
  }

  /* A share of no count weighs nothing in any sum, and so in no gradient. */
  private static Objective.Totals weighted(
      Ops tf, Objective.Totals totals, Operand<TFloat32> counts) {
    ImmutableMap.Builder<String, Operand<TFloat32>> sums = ImmutableMap.builder();
    totals.sums().forEach((name, sum) -> sums.put(name, tf.math.mul(sum, counts)));
    return new Objective.Totals(
        tf.math.mul(totals.loss(), counts),
        tf.math.mul(totals.count(), counts),
        sums.buildOrThrow());
  }
}
