package org.tfemergence.examples.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.callback.EmergenceCallbackBuilder;
import org.tfemergence.emergence.report.EventFile;
import org.tfemergence.emergence.report.EventSink;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.examples.data.ImageSets;
import org.tfemergence.examples.experiment.PromoteAndPruneResult.Run;
import org.tfemergence.init.initializer.EmergencePromoting;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.callback.MetricEvents;
import org.tfemergence.models.data.ImageData;
import org.tfemergence.models.export.SavedModelExport;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.prune.callback.PruningCallback;
import org.tfemergence.prune.mask.SparsityReport;

/**
 * Trains a perceptron on images from the base and from the emergence-promoting initialization, side
 * by side, and prunes it half way; a third training goes on unpruned. Shows what both papers claim:
 * that promoting raises emergence and early accuracy (arXiv 2407.19044), and that pruning lowers E
 * and raises E~ (arXiv 2409.01568).
 */
public final class PromoteAndPrune {
  private final PromoteAndPruneSpec spec;
  private final ImageSets data;
  private final ImageData training;
  private final ImageData validation;
  private final ExperimentListener listener;

  /**
   * Prepares the experiment.
   *
   * @param spec what to do
   * @param data the images
   * @param listener hears of the progress
   */
  public PromoteAndPrune(PromoteAndPruneSpec spec, ImageSets data, ExperimentListener listener) {
    Objects.requireNonNull(spec, "spec");
    Objects.requireNonNull(data, "data");
    Objects.requireNonNull(listener, "listener");
    this.spec = spec;
    this.data = data;
    this.training = LabeledImages.of(data.train());
    this.validation = LabeledImages.of(data.test());
    this.listener = listener;
  }

  /**
   * Runs the experiment.
   *
   * @param artifacts an existing folder, in which {@code tensorboard/RUN} and, of the first
   *     promoted and pruned run, {@code saved-model} are made
   * @return its result
   * @throws IOException if an artifact cannot be written
   */
  public PromoteAndPruneResult run(Path artifacts) throws IOException {
    listener.begins(stepsPerEpoch() * spec.epochs() * spec.seeds().size() * Arm.values().length);
    ImmutableList.Builder<Run> runs = ImmutableList.builder();
    for (Arm arm : Arm.values()) {
      for (long seed : spec.seeds()) {
        runs.add(train(arm, seed, artifacts));
      }
    }
    return new PromoteAndPruneResult(spec, runs.build());
  }

  private Run train(Arm arm, long seed, Path artifacts) throws IOException {
    int pixels = data.train().rows() * data.train().columns();
    Mlp model = Mlp.of(pixels, data.train().classes(), Ints.toArray(spec.hidden()));
    Kaiming base = Kaiming.normal(seed);
    InitScheme scheme = arm.promotes() ? new EmergencePromoting(base, spec.profile()) : base;
    long firstPrunedStep = stepsPerEpoch() * spec.epochsBeforePruning() + 1;
    Optional<PruningCallback> pruning =
        arm.prunes()
            ? Optional.of(PruningCallback.oneShot(firstPrunedStep, spec.sparsity()))
            : Optional.empty();
    EmergenceCallbackBuilder emergence = EmergenceCallback.builder().rule(spec.rule());
    pruning.ifPresent(callback -> emergence.parameters(callback::remainingParameters));
    String name = arm.id() + "-seed-" + seed;
    TrainerOptions options =
        TrainerOptions.defaults()
            .withBatchSize(spec.batchSize())
            .withLearningRate(Schedule.constant(spec.learningRate()))
            .withSeed(seed);
    String configuration = name + "\n\n" + spec + "\n\n" + scheme.plan(model.kernels());
    try (EventFile events = EventFile.create(artifacts.resolve("tensorboard").resolve(name))) {
      EmergenceCallback measuring = emergence.sink(new EventSink(events, configuration)).build();
      ImmutableList.Builder<TrainingCallback> callbacks = ImmutableList.builder();
      callbacks.add(measuring, new MetricEvents(events), new Reporter(name));
      pruning.ifPresent(callbacks::add);
      try (Trainer trainer =
          new Trainer(
              model,
              scheme,
              new Sgd(),
              options,
              callbacks.build().toArray(new TrainingCallback[0]))) {
        ImmutableList<EpochResult> epochs = trainer.fit(training, validation, spec.epochs());
        if (arm == Arm.PROMOTING && seed == spec.seeds().get(0)) {
          SavedModelExport.write(trainer, artifacts.resolve("saved-model"));
        }
        return new Run(
            arm,
            seed,
            scheme.plan(model.kernels()),
            epochs,
            measuring.history(),
            pruning.map(PruningCallback::report).orElse(new SparsityReport(ImmutableList.of())));
      }
    }
  }

  private long stepsPerEpoch() {
    return (training.size() + spec.batchSize() - 1L) / spec.batchSize();
  }

  /** Passes a training's progress to the listener. */
  private final class Reporter implements TrainingCallback {
    private final String run;

    Reporter(String run) {
      this.run = run;
    }

    @Override
    public void attach(TrainingGraph graph) {}

    @Override
    public void completed(StepResult result) {
      if (result.step().phase() == Phase.TRAINING) {
        listener.step();
      }
    }

    @Override
    public void completed(EpochResult result) {
      listener.epoch(run, result);
    }
  }
}
