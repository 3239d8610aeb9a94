package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
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
import org.tfemergence.init.initializer.InitScheme;
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
      Model model,
      Objective objective,
      InitScheme scheme,
      Optimizer optimizer,
      TrainerOptions options,
      List<TrainingCallback> callbacks) {
    Ops tf = Ops.create(graph);
    learningRate =
        tf.withName("learning_rate").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    Variables variables = Variables.initialized(tf);
    Model.Built built = model.build(variables, scheme);
    ImmutableList<Device> devices = options.hardware().devices();
    boolean whole = devices.size() == 1 && options.batching().accumulation() == 1;
    Tower.Of of = whole ? Tower.Of.MEAN : Tower.Of.SUM;

    Tower.WithHead first =
        Tower.build(graph, model, built, variables, objective, of, options.seed(), 0);
    ImmutableList.Builder<Tower> all = ImmutableList.<Tower>builder().add(first.tower());
    for (int i = 1; i < devices.size(); i++) {
      all.add(
          Replica.build(graph, model, scheme, variables, objective, options.seed(), i, devices));
    }
    towers = all.build();
    Model.Head infer =
        built.call(
            Pass.inference(tf.withSubScope("evaluate")),
            first.tower().inputs().stream().map(TrainingProgram::value).toList());
    evaluation = objective.totals(tf, infer.logits(), first.tower().labels());

    Reduction reduction = new Reduction(tf, towers);
    training = reduction.totals();
    ImmutableList<Gradient> gradients = reduction.gradients();
    List<Op> cleared = new ArrayList<>();
    Op updated;
    if (options.batching().accumulation() > 1) {
      Accumulator accumulator = new Accumulator(variables, training.count(), gradients);
      take = Optional.of(together(tf, accumulator.take(tf), reduction.assignments()));
      updated = update(tf, variables, optimizer, options, accumulator.means(tf));
      cleared.addAll(accumulator.clear(tf.withControlDependencies(updated)));
    } else {
      take = Optional.empty();
      ImmutableList<Gradient> means = whole ? gradients : means(tf, gradients);
      updated = update(tf, variables, optimizer, options, means);
    }
    cleared.add(updated);
    update = together(tf, cleared, reduction.assignments());
    averages =
        options.updating().averageDecay().isPresent()
            ? Optional.of(
                WeightAverages.build(
                    tf, variables, options.updating().averageDecay().getAsDouble()))
            : Optional.empty();

    ImmutableMap<String, Weight> averaged =
        averages.map(TrainingProgram::weights).orElse(ImmutableMap.of());
    ImmutableList<Weight> statistics =
        ImmutableList.<Weight>builder()
            .addAll(weights(variables.model().stream().filter(one -> !one.trainable()).toList()))
            .addAll(averaged.values())
            .build();
    TrainingGraph seen =
        new TrainingGraph(
                tf,
                model.network(),
                weights(variables.trainable()),
                first.head().taps(),
                infer.taps(),
                update)
            .withKernels(built.kernels())
            .withStatistics(statistics, averaged)
            .withInputs(inputs(model, first.tower()));
    List<Weight> kept = new ArrayList<>(weights(variables.all()));
    for (TrainingCallback callback : callbacks) {
      callback.attach(seen);
      kept.addAll(callback.state());
    }
    for (TrainingCallback callback : callbacks) {
      if (callback instanceof Evaluator evaluator) {
        evaluator.attach(tf, model, built);
      }
    }
    requireUniqueNames(kept);
    this.model = variables.model();
    saver = VariableSaver.build(tf, kept);
    finite = FiniteCheck.build(tf, this.model);
  }

  /** Returns the variables with the values that a session gives them. */
  SessionVariables variables(Session session) {
    return new SessionVariables(
        session, saver, model, averages.map(WeightAverages::of).orElse(ImmutableMap.of()));
  }

  private static Value value(Operand<?> input) {
    return Value.of(input);
  }

  private static ImmutableMap<String, Operand<?>> inputs(Model model, Tower tower) {
    ImmutableMap.Builder<String, Operand<?>> inputs = ImmutableMap.builder();
    for (int i = 0; i < tower.inputs().size(); i++) {
      inputs.put(model.blueprint().inputs().get(i).name(), tower.inputs().get(i));
    }
    return inputs.buildOrThrow();
  }

  private ImmutableList<Gradient> means(Ops tf, List<Gradient> sums) {
    Operand<TFloat32> share = tf.math.div(tf.constant(1f), training.count());
    return sums.stream()
        .map(sum -> sum.with(tf.math.mul(sum.value(), share)))
        .collect(ImmutableList.toImmutableList());
  }

  private Op update(
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
    Ops after = tf.withControlDependencies(done);
    List<Op> all = new ArrayList<>(done);
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
