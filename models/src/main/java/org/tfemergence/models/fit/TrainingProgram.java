package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.models.callback.Evaluator;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.variable.FiniteCheck;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;

/**
 * The whole graph of a training, built once before the first run: a training pass per device, the
 * inference pass, the update, what the callbacks add, and the saver.
 */
/*
 * A step has three parts. The passes compute the sums of losses and their gradients over a batch. If
 * an update has several batches, all but the last are taken in: take(). The last one's run updates:
 * gradients are transformed, the optimizer changes the weights, and only then are moving averages
 * and accumulators set.
 */
final class TrainingProgram {
  final ImmutableList<Tower> towers;
  final Placeholder<TFloat32> learningRate; // []
  final Objective.Totals training;
  final Objective.Totals evaluation;
  final Op update;
  final Optional<Op> take;
  final Optional<WeightAverages> averages;
  final FiniteCheck finite;
  private final ImmutableList<Variable> model;
  private final VariableSaver saver;

  TrainingProgram(
      Graph graph,
      Learner learner,
      Optimizer optimizer,
      TrainerOptions options,
      List<TrainingCallback> callbacks) {
    Ops tf = Ops.create(graph);
    learningRate =
        tf.withName("learning_rate").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    Variables variables = Variables.initialized(tf);
    Model.Built built = learner.model().build(variables, learner.scheme());
    ImmutableList<Device> devices = options.hardware().devices();
    boolean whole = devices.size() == 1 && options.batching().accumulation() == 1;

    Tower.WithHead first =
        Tower.build(graph, learner, built, variables, whole ? Tower.Of.MEAN : Tower.Of.SUM, 0);
    ImmutableList.Builder<Tower> all = ImmutableList.<Tower>builder().add(first.tower());
    for (int i = 1; i < devices.size(); i++) {
      all.add(Replica.build(graph, learner, variables, devices, i));
    }
    towers = all.build();
    Model.Head infer =
        built.call(
            learner.computed(Pass.inference(tf.withSubScope("evaluate"))),
            first.tower().inputs().stream().map(TrainingProgram::value).toList());
    evaluation = learner.objective().totals(tf, infer.logits(), first.tower().labels());

    Reduction reduction = new Reduction(tf, towers);
    training = reduction.totals();
    if (options.batching().accumulation() > 1) {
      Accumulator accumulator = new Accumulator(variables, training.count(), reduction.gradients());
      take = Optional.of(together(tf, accumulator.take(tf), reduction.assignments()));
      Op changed = change(tf, variables, optimizer, options, accumulator.means(tf));
      List<Op> cleared = accumulator.clear(tf.withControlDependencies(changed));
      cleared.add(changed);
      update = together(tf, cleared, reduction.assignments());
    } else {
      take = Optional.empty();
      ImmutableList<Gradient> sums = reduction.gradients();
      Op changed = change(tf, variables, optimizer, options, whole ? sums : means(tf, sums));
      update = together(tf, List.of(changed), reduction.assignments());
    }
    OptionalDouble decay = options.updating().averageDecay();
    averages =
        decay.isPresent()
            ? Optional.of(WeightAverages.build(tf, variables, decay.getAsDouble()))
            : Optional.empty();

    List<Weight> kept = new ArrayList<>(weights(variables.all()));
    TrainingGraph seen = described(tf, learner.model(), variables, first, infer);
    kept.addAll(attach(callbacks, seen.withKernels(built.kernels()), learner.model(), built));
    requireUniqueNames(kept);
    model = variables.model();
    saver = VariableSaver.build(tf, kept);
    finite = FiniteCheck.build(tf, model);
  }

  /**
   * Returns the variables with the values that a session gives them.
   *
   * @param set run when they are set from outside
   */
  SessionVariables variables(Session session, Runnable set) {
    return new SessionVariables(
        session, saver, model, averages.map(WeightAverages::of).orElse(ImmutableMap.of()), set);
  }

  private static Value value(Operand<?> input) {
    return Value.of(input);
  }

  /* The graph as callbacks see it. */
  private TrainingGraph described(
      Ops tf, Model model, Variables variables, Tower.WithHead first, Model.Head infer) {
    ImmutableMap<String, Weight> averaged =
        averages.map(TrainingProgram::weights).orElse(ImmutableMap.of());
    ImmutableList<Weight> statistics =
        ImmutableList.<Weight>builder()
            .addAll(weights(variables.model().stream().filter(one -> !one.trainable()).toList()))
            .addAll(averaged.values())
            .build();
    return new TrainingGraph(
            tf,
            model.network(),
            weights(variables.trainable()),
            first.head().taps(),
            infer.taps(),
            update)
        .withStatistics(statistics, averaged)
        .withInputs(inputs(model, first.tower()));
  }

  private static ImmutableMap<String, Operand<?>> inputs(Model model, Tower tower) {
    ImmutableMap.Builder<String, Operand<?>> inputs = ImmutableMap.builder();
    for (int i = 0; i < tower.inputs().size(); i++) {
      inputs.put(model.blueprint().inputs().get(i).name(), tower.inputs().get(i));
    }
    return inputs.buildOrThrow();
  }

  /* Has callbacks add what they need; returns the variables that they keep. */
  private static List<Weight> attach(
      List<TrainingCallback> callbacks, TrainingGraph seen, Model model, Model.Built built) {
    List<Weight> kept = new ArrayList<>();
    for (TrainingCallback callback : callbacks) {
      callback.attach(seen);
      kept.addAll(callback.state());
    }
    for (TrainingCallback callback : callbacks) {
      if (callback instanceof Evaluator evaluator) {
        evaluator.attach(seen.tf(), model, built);
      }
    }
    return kept;
  }

  private ImmutableList<Gradient> means(Ops tf, List<Gradient> sums) {
    Operand<TFloat32> share = tf.math.div(tf.constant(1f), training.count());
    return sums.stream()
        .map(sum -> sum.with(tf.math.mul(sum.value(), share)))
        .collect(ImmutableList.toImmutableList());
  }

  /* Has the optimizer change the weights. */
  private Op change(
      Ops tf,
      Variables variables,
      Optimizer optimizer,
      TrainerOptions options,
      List<Gradient> gradients) {
    return optimizer.update(
        tf, variables, options.updating().gradients().apply(tf, gradients), learningRate);
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

  private static ImmutableMap<String, Weight> weights(WeightAverages averages) {
    return ImmutableMap.copyOf(Maps.transformValues(averages.of(), Variable::weight));
  }

  private static ImmutableList<Weight> weights(List<Variable> variables) {
    return variables.stream().map(Variable::weight).collect(ImmutableList.toImmutableList());
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
}
