package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tensorflow.Session;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.StopRule;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.variable.SessionVariables;

/**
 * Trains a model. Owns the graph and the session, so it must be closed; not thread-safe.
 *
 * <p>Equal models, objectives, schemes, options and data give bit-identical weights on the same
 * machine, whatever the number of loader threads, also across {@link #save} and {@link #restore}.
 */
public final class Trainer implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(Trainer.class);

  private final Model model;
  private final Objective objective;
  private final TrainerOptions options;
  private final InitPlan initialization;
  private final ImmutableList<TrainingCallback> callbacks;
  private final TrainingSession training;
  private final Steps steps;
  private final Updater updater;
  private final Loading loading;
  private final Evaluation evaluation;
  private final SessionVariables variables;
  private final TrainingState state;
  private final TensorPool pool = new TensorPool();
  private final Progress progress = new Progress();

  /**
   * Builds the training graph of a classifier, and initializes the model.
   *
   * @param model what to train
   * @param scheme how its kernels are initialized
   * @param optimizer how gradients change its weights
   * @param options batch sizes, learning rate, seed
   * @param callbacks what watches or changes the training; each serves one trainer only
   */
  public Trainer(
      Model model,
      InitScheme scheme,
      Optimizer optimizer,
      TrainerOptions options,
      TrainingCallback... callbacks) {
    this(model, new Classification(), scheme, optimizer, options, callbacks);
  }

  /**
   * Builds the training graph and initializes the model.
   *
   * @param model what to train
   * @param objective what it is to learn
   * @param scheme how its kernels are initialized
   * @param optimizer how gradients change its weights
   * @param options batch sizes, learning rate, seed
   * @param callbacks what watches or changes the training; each serves one trainer only
   * @throws IllegalArgumentException if the objective does not take the model's logits, or
   *     TensorFlow does not have a device
   */
  public Trainer(
      Model model,
      Objective objective,
      InitScheme scheme,
      Optimizer optimizer,
      TrainerOptions options,
      TrainingCallback... callbacks) {
    this.model = Objects.requireNonNull(model, "model");
    this.objective = Objects.requireNonNull(objective, "objective");
    this.options = Objects.requireNonNull(options, "options");
    Objects.requireNonNull(scheme, "scheme");
    Objects.requireNonNull(optimizer, "optimizer");
    for (TrainingCallback callback : callbacks) {
      Objects.requireNonNull(callback, "callback");
    }
    this.callbacks = ImmutableList.copyOf(callbacks);
    options.hardware().requirePresent();
    options.hardware().warning().ifPresent(LOG::warn);
    initialization = scheme.plan(model.kernels());
    initialization.warning().ifPresent(LOG::warn);
    ImmutableMap<String, String> ofModel = Settings.ofLayers(model);
    ImmutableMap<String, String> ofTraining = Settings.ofTraining(objective, optimizer, options);
    Learner learner =
        new Learner(model, scheme, objective, options.seed(), options.hardware().precision());
    training = new TrainingSession(learner, optimizer, options, this.callbacks); // fails last
    variables = training.variables(progress::changeWeights);
    steps = new Steps(training, this.callbacks);
    updater = new Updater(options, steps, progress, training::nonFinite);
    loading = new Loading(model.blueprint().inputs(), pool, options.batching().loaderThreads());
    evaluation =
        new Evaluation(
            objective,
            options.batching().evaluationSize(),
            steps,
            loading,
            training.session,
            progress,
            this.callbacks);
    state =
        new TrainingState(
            variables,
            this.callbacks,
            progress,
            options.seed(),
            ofModel,
            ofTraining,
            training::nonFinite);
  }

  /**
   * Trains until a number of epochs is done, going on from where this trainer is. The model is
   * evaluated before the first epoch and after every epoch.
   *
   * @param training what to learn from, shuffled anew each epoch
   * @param validation what to evaluate on
   * @param epochs the number of epochs to be done in the end, at least 0
   * @return as {@link #fit(FitPlan)}
   */
  public ImmutableList<EpochResult> fit(Dataset training, Dataset validation, int epochs) {
    return fit(FitPlan.of(training, validation, Extent.epochs(epochs)));
  }

  /**
   * Trains as planned, going on from where this trainer is, be it within an epoch. Ends when the
   * plan is fulfilled, or when a rule says so: those of the callbacks that are {@link StopRule}s,
   * and that of the plan, are asked about each result. A training that a rule has ended stays
   * ended, also after {@link #restore}: further calls train no more, until {@link #clearStop}.
   *
   * <p>What a call leaves, and what a failure does, {@link FitPlan} says.
   *
   * @param plan the data, how long, and what is asked on the way
   * @return the evaluations of this call, the first of them of the untrained model when it began
   *     from the start: the objective's metrics over the updates since the one before, such as
   *     {@code loss} (absent of the untrained model), and over the validation data, such as {@code
   *     val_loss}
   * @throws NonFiniteLossException if the loss becomes NaN or infinite; the weights are those of
   *     the update before
   * @throws NonFiniteGradientException if gradients do, and are clipped; the weights are those of
   *     the update before
   * @throws IllegalArgumentException if the data do not fit the model or objective, an example does
   *     not fit a batch, or a batch holds more than all training data
   * @throws IllegalStateException if an earlier call failed while weights changed, or a restore
   *     midway, and no checkpoint was restored since, or within an evaluation
   * @throws UncheckedIOException if a checkpoint cannot be written
   */
  public ImmutableList<EpochResult> fit(FitPlan plan) {
    DataFit.require(plan.training(), "training", model, objective);
    DataFit.requireBatch(plan.training(), options.batching().size());
    DataFit.requireRoom(plan.training(), options.batching().size());
    DataFit.requireShares(
        plan.training(),
        options.batching().size(),
        options.hardware().devices().size(),
        model.blueprint());
    DataFit.require(plan.validation(), "validation", model, objective);
    DataFit.requireRoom(plan.validation(), options.batching().evaluationSize());
    DataFit.requireOneScaling(plan.training(), plan.validation());
    progress.requireNotEvaluating("fit");
    progress.requireWhole();
    state.trainOn(plan.training());
    return new Fitting(options, steps, updater, loading, evaluation, state, progress, plan).run();
  }

  /**
   * Evaluates the model as it is; if averages of its weights are kept, with these. Callbacks do not
   * hear of it: what they measure over evaluations is of the validation data of a training.
   *
   * @param data what to evaluate on
   * @return the objective's metrics, such as {@code loss}
   * @throws IllegalArgumentException if the data do not fit the model, or an example a batch
   * @throws IllegalStateException if training failed within an update, or a restore midway, and no
   *     checkpoint was restored since
   */
  public ImmutableMap<String, Double> evaluate(Dataset data) {
    DataFit.require(data, "evaluation", model, objective);
    return evaluation.metrics(data);
  }

  /**
   * Runs something with the weights that are evaluated: if averages of the weights are kept, these
   * stand in the place of the model's variables until it returns. Until then {@link #fit}, {@link
   * #save} and {@link #restore} are refused, as they are to an evaluator.
   *
   * @param run what to do with the training's session, such as decoding; it must not change
   *     variables of the model
   * @param <T> the type of what comes of it
   * @return what came of it
   * @throws IllegalStateException if training failed within an update, or a restore midway, and no
   *     checkpoint was restored since
   */
  public <T> T withEvaluatedWeights(Function<Session, T> run) {
    return evaluation.withWeights(run);
  }

  /**
   * Lets a training that a rule has ended go on. The rules are asked again, after the next result.
   */
  public void clearStop() {
    progress.clearStop();
  }

  /**
   * Writes everything needed to go on: weights, the optimizer's and the callbacks' variables, what
   * callbacks know, and how far the training is, be it within an epoch.
   *
   * @param directory the checkpoint's folder, which must not exist and appears only when complete
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if training failed within an update, or a restore midway, and no
   *     checkpoint was restored since, if a weight is NaN or infinite, or within an evaluation
   */
  public void save(Path directory) throws IOException {
    state.save(directory);
  }

  /**
   * Writes a checkpoint into a folder of them.
   *
   * @param checkpoints the folder
   * @return the checkpoint's folder
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if training failed within an update, or a restore midway, and no
   *     checkpoint was restored since, if a weight is NaN or infinite, or within an evaluation
   */
  public Path save(Checkpoints checkpoints) throws IOException {
    return state.save(checkpoints);
  }

  /**
   * Returns the values of the variables, for export and for weights from elsewhere. Averages of the
   * weights, if kept, are among them as {@code average/NAME}.
   *
   * @return the variables, valid until this trainer is closed
   * @throws IllegalStateException if training failed within an update, or a restore midway, and no
   *     checkpoint was restored since, or this trainer is closed
   */
  public SessionVariables variables() {
    progress.requireWhole();
    return variables;
  }

  /**
   * Returns which variable's value {@link #evaluate} computes with.
   *
   * @param variable the name of a variable of the model
   * @return the name of its average, if averages are kept; else its own, as within an evaluation,
   *     where the averages stand in the variables' place
   */
  public String evaluated(String variable) {
    boolean averaged = options.updating().averageDecay().isPresent();
    return averaged && !progress.evaluating() ? WeightAverages.name(variable) : variable;
  }

  /**
   * Goes back, or forward, to a saved state. The checkpoint is checked first; a bad one changes
   * nothing. If it then cannot be read after all, another one has to be restored before training or
   * saving.
   *
   * @param directory a folder written by {@link #save}
   * @throws IOException if it is not a whole checkpoint of this training
   * @throws IllegalStateException within an evaluation
   */
  public void restore(Path directory) throws IOException {
    state.restore(directory);
  }

  /**
   * Tells whether a rule has ended the training.
   *
   * @return whether {@link #fit} would train no more
   */
  public boolean stopped() {
    return progress.stopped();
  }

  /**
   * Returns how far the training is.
   *
   * @return the position, from {@link Position#START}
   */
  public Position position() {
    return progress.position();
  }

  /**
   * Returns the number of updates done.
   *
   * @return at least 0
   */
  public long step() {
    return progress.position().step();
  }

  /**
   * Returns the number of epochs done.
   *
   * @return at least 0
   */
  public int epoch() {
    return progress.position().epoch();
  }

  /**
   * Returns how pixels became the numbers that the model was trained on: that of the data of the
   * last {@link #fit}, or of the checkpoint that was restored.
   *
   * @return the scaling; empty if the data were numbers, or nothing was trained on yet
   */
  public Optional<PixelScaling> scaling() {
    return state.scaling();
  }

  /**
   * Returns how the model was initialized.
   *
   * @return the plan of its kernels
   */
  public InitPlan initialization() {
    return initialization;
  }

  /**
   * Returns what watches or changes the training.
   *
   * @return the callbacks, in the order they were given
   */
  public ImmutableList<TrainingCallback> callbacks() {
    return callbacks;
  }

  /**
   * Returns the model.
   *
   * @return the description this trainer was made with
   */
  public Model model() {
    return model;
  }

  @Override
  public void close() {
    training.close();
    pool.close();
  }
}
