package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
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
import org.tfemergence.emergence.graph.Readout;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.train.MaskingCallback;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.models.callback.Evaluator;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.objective.Objective;
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
 * The passes compute the sums of losses and their gradients over a batch. Callbacks that mask weights
 * are asked for their masks before the update is built, and all are attached behind it.
 */
final class TrainingProgram {
  final ImmutableList<Tower> towers;
  final Placeholder<TFloat32> learningRate; // []
  final Objective.Totals training;
  final Objective.Totals evaluation;
  final UpdateOps updating;
  final Optional<WeightAverages> averages;
  final Readout<ImmutableList<String>> nonFinite;
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
    TrainingGraph early = described(tf, learner.model(), built, variables, first, infer, tf.noOp());
    updating =
        UpdateOps.build(
            tf,
            variables,
            reduction,
            whole,
            options.batching().accumulation() > 1,
            masks(callbacks, early),
            new UpdateOps.Change(optimizer, options.updating().gradients(), learningRate));
    OptionalDouble decay = options.updating().averageDecay();
    averages =
        decay.isPresent()
            ? Optional.of(WeightAverages.build(tf, variables, decay.getAsDouble()))
            : Optional.empty();

    List<Weight> kept = new ArrayList<>(weights(variables.all()));
    TrainingGraph seen =
        withStatistics(
            described(tf, learner.model(), built, variables, first, infer, updating.update()),
            variables);
    kept.addAll(attach(callbacks, seen, learner.model(), built));
    requireUniqueNames(kept);
    model = variables.model();
    saver = VariableSaver.build(tf, kept);
    nonFinite = FiniteCheck.build(tf, model);
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

  /* The graph as callbacks see it, but for what is kept beside the model. */
  private static TrainingGraph described(
      Ops tf,
      Model model,
      Model.Built built,
      Variables variables,
      Tower.WithHead first,
      Model.Head infer,
      Op update) {
    return new TrainingGraph(
            tf,
            model.network(),
            weights(variables.trainable()),
            first.head().taps(),
            infer.taps(),
            update)
        .withKernels(built.kernels())
        .withInputs(inputs(model, first.tower()));
  }

  private TrainingGraph withStatistics(TrainingGraph graph, Variables variables) {
    ImmutableMap<String, Weight> averaged =
        averages.map(TrainingProgram::weights).orElse(ImmutableMap.of());
    return graph.withStatistics(
        ImmutableList.<Weight>builder()
            .addAll(weights(variables.model().stream().filter(one -> !one.trainable()).toList()))
            .addAll(averaged.values())
            .build(),
        averaged);
  }

  private static ImmutableMap<String, Weight> masks(
      List<TrainingCallback> callbacks, TrainingGraph early) {
    ImmutableMap.Builder<String, Weight> masks = ImmutableMap.builder();
    for (TrainingCallback callback : callbacks) {
      if (callback instanceof MaskingCallback masking) {
        masks.putAll(masking.masks(early));
      }
    }
    return masks.buildOrThrow();
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
      kept.addAll(
          Objects.requireNonNull(
              callback.state(), () -> "state of callback '" + callback.name() + "'"));
    }
    for (TrainingCallback callback : callbacks) {
      if (callback instanceof Evaluator evaluator) {
        evaluator.attach(seen.tf(), model, built);
      }
    }
    return kept;
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
