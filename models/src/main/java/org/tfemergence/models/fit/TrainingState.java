package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.models.variable.SessionVariables;

/** What a checkpoint holds of a training: how it is saved, checked and restored. */
final class TrainingState {
  private static final Logger LOG = LogManager.getLogger(TrainingState.class);

  private final SessionVariables variables;
  private final ImmutableList<TrainingCallback> callbacks;
  private final Progress progress;
  private final long seed;
  private final String words;

  /**
   * Brings together what is saved.
   *
   * @param words the training's options in words
   */
  TrainingState(
      SessionVariables variables,
      ImmutableList<TrainingCallback> callbacks,
      Progress progress,
      long seed,
      String words) {
    this.variables = variables;
    this.callbacks = callbacks;
    this.progress = progress;
    this.seed = seed;
    this.words = words;
  }

  void save(Path directory) throws IOException {
    Checkpoint.write(directory, saved(), variables);
    progress.saved(directory);
  }

  Path save(Checkpoints checkpoints) throws IOException {
    Path saved = checkpoints.save(saved(), variables);
    progress.saved(saved);
    return saved;
  }

  /** Checks a checkpoint, then takes it up; a bad one changes nothing. */
  void restore(Path directory) throws IOException {
    SavedState state = Checkpoint.verify(directory, variables);
    warnOfDifferences(directory, state);
    try {
      CallbackStates.restore(callbacks, state.callbacks());
    } catch (IllegalArgumentException e) {
      throw new IOException(directory + ": " + e.getMessage(), e);
    }
    Checkpoint.restore(directory, variables);
    progress.restored(state, directory);
  }

  private SavedState saved() {
    progress.requireWhole();
    return new SavedState(
        progress.position(),
        seed,
        words,
        progress.metrics(),
        progress.stopped(),
        CallbackStates.of(callbacks));
  }

  private void warnOfDifferences(Path directory, SavedState state) {
    if (state.seed() != seed) {
      LOG.warn("{}: was trained with seed {}, goes on with seed {}", directory, state.seed(), seed);
    }
    if (!state.options().equals(words)) {
      LOG.warn("{}: was trained with {}, goes on with {}", directory, state.options(), words);
    }
  }
}
