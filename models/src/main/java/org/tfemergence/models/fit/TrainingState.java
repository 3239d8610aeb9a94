package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.variable.SessionVariables;

/** What a checkpoint holds of a training: how it is saved, checked and restored. */
final class TrainingState {
  private static final Logger LOG = LogManager.getLogger(TrainingState.class);

  private final SessionVariables variables;
  private final ImmutableList<TrainingCallback> callbacks;
  private final Progress progress;
  private final long seed;
  private final ImmutableMap<String, String> model;
  private final ImmutableMap<String, String> options;
  private final Supplier<ImmutableList<String>> nonFinite;
  private Optional<TrainedOn> data = Optional.empty();

  /**
   * Brings together what is saved.
   *
   * @param model what the model computes, in words
   * @param options how it is trained, in words
   * @param nonFinite finds the names of weights that are not finite
   */
  TrainingState(
      SessionVariables variables,
      ImmutableList<TrainingCallback> callbacks,
      Progress progress,
      long seed,
      ImmutableMap<String, String> model,
      ImmutableMap<String, String> options,
      Supplier<ImmutableList<String>> nonFinite) {
    this.variables = variables;
    this.callbacks = callbacks;
    this.progress = progress;
    this.seed = seed;
    this.model = model;
    this.options = options;
    this.nonFinite = nonFinite;
  }

  /** Says what is trained on from here; a warning names other data than before. */
  void trainOn(Dataset training) {
    TrainedOn next = TrainedOn.of(training);
    if (data.isPresent() && progress.position().step() > 0) {
      TrainedOn last = data.get();
      if (last.examples() != next.examples()) {
        LOG.warn("was trained on {} examples, goes on with {}", last.examples(), next.examples());
      }
      if (last.scaling().isPresent() && !last.scaling().equals(next.scaling())) {
        LOG.warn(
            "was trained on pixels of {}, goes on with {}",
            last.scaling().get(),
            next.scaling().map(PixelScaling::toString).orElse("numbers"));
      }
    }
    data = Optional.of(next);
  }

  /** Returns how pixels of what was trained on last became numbers. */
  Optional<PixelScaling> scaling() {
    return data.flatMap(TrainedOn::scaling);
  }

  void save(Path directory) throws IOException {
    requireSavable();
    Checkpoint.write(directory, saved(), variables, () -> {});
    progress.saved(directory);
  }

  Path save(Checkpoints checkpoints) throws IOException {
    requireSavable();
    Path saved = checkpoints.save(saved(), variables);
    progress.saved(saved);
    return saved;
  }

  /**
   * Checks a checkpoint, then takes it up; a bad one changes nothing. If it is no longer readable
   * then, callbacks and variables are of two states until one is.
   */
  void restore(Path directory) throws IOException {
    progress.requireNotEvaluating("restore");
    SavedState state = Checkpoint.verify(directory, variables);
    requireModel(directory, state);
    warnOfDifferences(directory, state);
    try {
      CallbackStates.restore(callbacks, state.callbacks());
    } catch (IllegalArgumentException e) {
      throw new IOException(directory + ": " + e.getMessage(), e);
    }
    progress.beginRestore();
    Checkpoint.restore(directory, variables);
    progress.restored(state, directory);
    data = TrainedOn.of(state.options());
  }

  private SavedState saved() {
    return new SavedState(
        progress.position(),
        seed,
        model,
        withData(),
        progress.metrics(),
        progress.stopped(),
        CallbackStates.of(callbacks));
  }

  private ImmutableMap<String, String> withData() {
    ImmutableMap.Builder<String, String> all = ImmutableMap.builder();
    all.putAll(options);
    data.ifPresent(known -> all.putAll(known.options()));
    return all.buildOrThrow();
  }

  /* An update can make NaN of the weights whose loss was finite: what was saved before is kept. */
  private void requireSavable() {
    progress.requireNotEvaluating("save");
    progress.requireWhole();
    ImmutableList<String> wrong = nonFinite.get();
    if (!wrong.isEmpty()) {
      throw new IllegalStateException(
          "not saved after step "
              + progress.position().step()
              + ": NaN or infinite values in variables "
              + wrong
              + "; last good checkpoint: "
              + progress.lastSaved().map(Path::toString).orElse("none"));
    }
  }

  /* Checkpoints of earlier versions do not tell of the model. */
  private void requireModel(Path directory, SavedState state) throws IOException {
    ImmutableList<String> differences =
        state.model().isEmpty() ? ImmutableList.of() : Settings.differences(state.model(), model);
    if (!differences.isEmpty()) {
      throw new IOException(directory + ": of another model: " + String.join("; ", differences));
    }
  }

  private void warnOfDifferences(Path directory, SavedState state) {
    if (state.seed() != seed) {
      LOG.warn("{}: was trained with seed {}, goes on with seed {}", directory, state.seed(), seed);
    }
    Map<String, String> saved = TrainedOn.without(state.options());
    if (!saved.isEmpty()) { // else of an earlier version, which told nothing
      Settings.differences(saved, options)
          .forEach(difference -> LOG.warn("{}: {}", directory, difference));
    }
  }
}
