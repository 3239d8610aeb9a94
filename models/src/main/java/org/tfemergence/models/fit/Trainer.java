package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRun;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.variable.SessionVariables;

/**
 * Trains a model. Owns the graph and the session, so it must be closed; not thread-safe.
 *
 * <p>Equal models, schemes, options and data give bit-identical weights on the same machine, also
 * across {@link #save} and {@link #restore}.
 */
public final class Trainer implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(Trainer.class);

  private final Model model;
  private final TrainerOptions options;
  private final ImmutableList<TrainingCallback> callbacks;
  private final Graph graph;
  private final TrainingProgram program;
  private final Session session;
  private final SessionVariables variables;
  private long step;
  private int epoch;
  private boolean withinEpoch;
  private ImmutableMap<String, Double> metrics = ImmutableMap.of();
  private Optional<Path> lastSaved = Optional.empty();

  /**
   * Builds the training graph and initializes the model.
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
    this.model = model;
    this.options = options;
    this.callbacks = ImmutableList.copyOf(callbacks);
    scheme.plan(model.kernels()).warning().ifPresent(LOG::warn);
    graph = new Graph();
    try {
      program = new TrainingProgram(graph, model, scheme, optimizer, this.callbacks);
      session = new Session(graph);
      variables = new SessionVariables(session, program.saver, program.model);
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
    try {
      session.initialize();
    } catch (RuntimeException e) {
      close(); // the session first: a graph waits for its sessions
      throw e;
    }
  }

  /**
   * Trains until a number of epochs is done, going on from where this trainer is. The model is
   * evaluated before the first epoch and after every epoch.
   *
   * @param training what to learn from, shuffled anew each epoch
   * @param validation what to evaluate on
   * @param epochs the number of epochs to be done in the end, at least 0
   * @return the epochs done by this call, preceded by epoch 0 when it began from the start, with
   *     {@code loss}, {@code accuracy} (both over the epoch's steps; absent in epoch 0), {@code
   *     val_loss} and {@code val_accuracy}
   * @throws NonFiniteLossException if the loss becomes NaN or infinite
   * @throws IllegalArgumentException if the data do not fit the model, or {@code epochs < 0}
   * @throws IllegalStateException if an earlier call failed within an epoch and no checkpoint was
   *     restored since
   */
  public ImmutableList<EpochResult> fit(LabeledData training, LabeledData validation, int epochs) {
    requireFits(training, "training");
    requireFits(validation, "validation");
    if (epochs < 0) {
      throw new IllegalArgumentException("epochs must be at least 0, got " + epochs);
    }
    requireBetweenEpochs();
    ImmutableList.Builder<EpochResult> results = ImmutableList.builder();
    if (step == 0) {
      results.add(completed(ImmutableMap.of(), evaluate(validation)));
    }
    while (epoch < epochs) {
      Mean mean = trainEpoch(training);
      epoch++;
      results.add(
          completed(
              ImmutableMap.of("loss", mean.loss(), "accuracy", mean.accuracy()),
              evaluate(validation)));
    }
    return results.build();
  }

  /**
   * Evaluates the model as it is.
   *
   * @param data what to evaluate on
   * @return {@code val_loss} and {@code val_accuracy}
   * @throws IllegalArgumentException if the data do not fit the model
   */
  public ImmutableMap<String, Double> evaluate(LabeledData data) {
    requireFits(data, "validation");
    Mean mean = new Mean();
    Batches batches = Batches.inOrder(data.size(), options.evaluationBatchSize());
    for (int i = 0; i < batches.count(); i++) {
      Step next = new Step(Phase.EVALUATION, step, epoch, i == 0, i == batches.count() - 1);
      run(data.batch(batches.batch(i)), next, mean);
    }
    return ImmutableMap.of("val_loss", mean.loss(), "val_accuracy", mean.accuracy());
  }

  /**
   * Writes everything needed to go on: weights, the optimizer's and the callbacks' variables, what
   * callbacks know, step and epoch.
   *
   * @param directory the checkpoint's folder, which must not exist and appears only when complete
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if training failed within an epoch and no checkpoint was restored
   *     since
   */
  public void save(Path directory) throws IOException {
    Checkpoint.write(directory, state(), variables());
    lastSaved = Optional.of(directory);
  }

  /**
   * Writes a checkpoint into a folder of them.
   *
   * @param checkpoints the folder
   * @return the checkpoint's folder
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if training failed within an epoch and no checkpoint was restored
   *     since
   */
  public Path save(Checkpoints checkpoints) throws IOException {
    Path saved = checkpoints.save(state(), variables());
    lastSaved = Optional.of(saved);
    return saved;
  }

  /**
   * Returns the values of the variables, for export and for weights from elsewhere.
   *
   * @return the variables, valid until this trainer is closed
   * @throws IllegalStateException if training failed within an epoch and no checkpoint was restored
   *     since, or this trainer is closed
   */
  public SessionVariables variables() {
    requireBetweenEpochs();
    return variables;
  }

  /**
   * Goes back, or forward, to a saved state. The checkpoint is checked first; a bad one changes
   * nothing.
   *
   * @param directory a folder written by {@link #save}
   * @throws IOException if it is not a whole checkpoint of this training
   */
  public void restore(Path directory) throws IOException {
    SavedState state = Checkpoint.verify(directory, variables);
    if (state.seed() != options.seed()) {
      LOG.warn(
          "{}: was trained with seed {}, goes on with seed {}",
          directory,
          state.seed(),
          options.seed());
    }
    try {
      CallbackStates.restore(callbacks, state.callbacks());
    } catch (IllegalArgumentException e) {
      throw new IOException(directory + ": " + e.getMessage(), e);
    }
    Checkpoint.restore(directory, variables);
    step = state.position().step();
    epoch = state.position().epoch();
    metrics = state.metrics();
    withinEpoch = false;
    lastSaved = Optional.of(directory);
  }

  private SavedState state() {
    requireBetweenEpochs();
    return new SavedState(
        new Position(step, epoch, 0, MetricSums.NONE),
        options.seed(),
        "",
        metrics,
        CallbackStates.of(callbacks));
  }

  /**
   * Returns the number of updates done.
   *
   * @return at least 0
   */
  public long step() {
    return step;
  }

  /**
   * Returns the number of epochs done.
   *
   * @return at least 0
   */
  public int epoch() {
    return epoch;
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
    session.close();
    graph.close();
  }

  private Mean trainEpoch(LabeledData data) {
    Mean mean = new Mean();
    withinEpoch = true;
    Batches batches = Batches.shuffled(data.size(), options.batchSize(), options.seed(), epoch + 1);
    for (int i = 0; i < batches.count(); i++) {
      Step next = new Step(Phase.TRAINING, step + 1, epoch + 1, i == 0, i == batches.count() - 1);
      run(data.batch(batches.batch(i)), next, mean);
    }
    withinEpoch = false;
    return mean;
  }

  private void run(LabeledData.Batch batch, Step next, Mean mean) {
    boolean training = next.phase() == Phase.TRAINING;
    TrainingProgram.Totals totals = training ? program.training : program.evaluation;
    Shape inputs = Shape.of(batch.size()).append(model.blueprint().inputs().get(0).shape());
    double rate = training ? learningRate(next.number()) : 0;
    try (StepRun extra = StepRun.ask(callbacks, next);
        TFloat32 input = TFloat32.tensorOf(inputs, DataBuffers.of(batch.features()));
        TInt32 labels = TInt32.tensorOf(Shape.of(batch.size()), DataBuffers.of(batch.labels()));
        TFloat32 learningRate = TFloat32.scalarOf((float) rate)) {
      Session.Runner runner =
          session
              .runner()
              .feed(program.input, input)
              .feed(program.labels, labels)
              .feed(program.learningRate, learningRate)
              .fetch(totals.loss())
              .fetch(totals.correct());
      if (training) {
        runner.addTarget(program.update);
      }
      try (Result result = extra.addTo(runner).run()) {
        step += training ? 1 : 0;
        float loss = ((TFloat32) result.get(0)).getFloat();
        if (training && !Float.isFinite(loss)) {
          throw new NonFiniteLossException(step, loss, lastSaved);
        }
        mean.add(loss, ((TFloat32) result.get(1)).getFloat(), batch.size());
        extra.deliver(result);
      }
    }
  }

  private double learningRate(long number) {
    double rate = options.learningRate().at(number);
    if (!(rate >= 0 && Double.isFinite(rate))) {
      throw new IllegalArgumentException(
          "learning rate must be finite and not negative, got " + rate + " at step " + number);
    }
    return rate;
  }

  private void requireBetweenEpochs() {
    if (withinEpoch) {
      throw new IllegalStateException(
          "training failed within epoch "
              + (epoch + 1)
              + ", after step "
              + step
              + "; restore a checkpoint first");
    }
  }

  private EpochResult completed(
      ImmutableMap<String, Double> training, ImmutableMap<String, Double> validation) {
    EpochResult result =
        new EpochResult(
            epoch,
            step,
            ImmutableMap.<String, Double>builder().putAll(training).putAll(validation).build());
    metrics = result.metrics();
    callbacks.forEach(callback -> callback.completed(result));
    return result;
  }

  private void requireFits(LabeledData data, String role) {
    if (data.width() != model.blueprint().inputs().get(0).shape().size()) {
      throw new IllegalArgumentException(
          role
              + " data have "
              + data.width()
              + " features, the model takes "
              + model.blueprint().inputs().get(0).shape().size());
    }
    if (data.classes() != (int) model.blueprint().outputShape().get(-1)) {
      throw new IllegalArgumentException(
          role
              + " data have "
              + data.classes()
              + " classes, the model "
              + (int) model.blueprint().outputShape().get(-1));
    }
  }
}
