package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;

/**
 * The whole graph of a training, built once before the first run: inputs, the model's two heads,
 * the loss, the update, what the callbacks add, and the saver.
 */
final class TrainingProgram {
  /** What a step computes, summed over its batch so that batches of any size add up. */
  record Totals(Operand<TFloat32> loss, Operand<TFloat32> correct) {}

  final Placeholder<TFloat32> input; // [batch, input shape...]
  final Placeholder<TInt32> labels; // [batch]
  final Placeholder<TFloat32> learningRate; // []
  final Totals training;
  final Totals evaluation;
  final Op update;
  final ImmutableList<Variable> model;
  final VariableSaver saver;

  TrainingProgram(
      Graph graph,
      Model model,
      InitScheme scheme,
      Optimizer optimizer,
      List<TrainingCallback> callbacks) {
    Ops tf = Ops.create(graph);
    Shape batch = Shape.of(Shape.UNKNOWN_SIZE);
    input =
        tf.withName("input")
            .placeholder(
                TFloat32.class,
                Placeholder.shape(batch.append(model.blueprint().inputs().get(0).shape())));
    labels = tf.withName("labels").placeholder(TInt32.class, Placeholder.shape(batch));
    learningRate =
        tf.withName("learning_rate").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));

    Variables variables = Variables.initialized(tf);
    Model.Built built = model.build(variables, scheme);
    Model.Head train =
        built.call(
            Pass.training(tf.withSubScope("train"), 0, tf.constant(0L)), List.of(Value.of(input)));
    Model.Head infer =
        built.call(Pass.inference(tf.withSubScope("evaluate")), List.of(Value.of(input)));
    training = totals(tf, train.logits(), (int) model.blueprint().outputShape().get(-1));
    evaluation = totals(tf, infer.logits(), (int) model.blueprint().outputShape().get(-1));

    Operand<TFloat32> size = tf.dtypes.cast(tf.size(labels), TFloat32.class);
    Operand<TFloat32> meanLoss = tf.math.div(training.loss(), size);
    List<Gradient> gradients = Gradient.of(graph, meanLoss, variables.trainable());
    update =
        optimizer.update(
            tf.withControlDependencies(training.loss(), training.correct()),
            variables,
            gradients,
            learningRate);

    TrainingGraph seen =
        new TrainingGraph(
                tf,
                model.network(),
                variables.trainable().stream()
                    .map(Variable::weight)
                    .collect(ImmutableList.toImmutableList()),
                train.taps(),
                infer.taps(),
                update)
            .withKernels(built.kernels());
    List<Weight> all = new ArrayList<>(variables.all().stream().map(Variable::weight).toList());
    for (TrainingCallback callback : callbacks) {
      callback.attach(seen);
      all.addAll(callback.state());
    }
    requireUniqueNames(all);
    this.model = variables.model();
    saver = VariableSaver.build(tf, all);
  }

  private static void requireUniqueNames(List<Weight> weights) {
    Set<String> names = new HashSet<>();
    for (Weight weight : weights) {
      if (!names.add(weight.name())) {
        throw new IllegalArgumentException(
            "variable '"
                + weight.name()
                + "' is kept by two callbacks, or by a callback and the model");
      }
    }
  }

  /* SparseSoftmaxCrossEntropyWithLogits has no gradient in TensorFlow Java; one-hot labels have. */
  private Totals totals(Ops tf, Operand<TFloat32> logits, int classes) {
    Operand<TFloat32> oneHot = // [batch, classes]
        tf.oneHot(labels, tf.constant(classes), tf.constant(1f), tf.constant(0f));
    Operand<TFloat32> losses = // [batch]
        tf.nn.softmaxCrossEntropyWithLogits(logits, oneHot).loss();
    Operand<TInt64> predicted = tf.math.argMax(logits, tf.constant(1)); // [batch]
    Operand<TFloat32> correct =
        tf.dtypes.cast(
            tf.math.equal(predicted, tf.dtypes.cast(labels, TInt64.class)), TFloat32.class);
    Operand<TInt32> axis = tf.constant(0);
    return new Totals(tf.reduceSum(losses, axis), tf.reduceSum(correct, axis));
  }
}
