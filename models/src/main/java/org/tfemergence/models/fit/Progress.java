package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.Optional;

/** Where a training stands. Changes with every update; what of it lasts is {@link SavedState}. */
final class Progress {
  private Position position = Position.START;
  private boolean whole = true;
  private boolean restoring;
  private boolean evaluating;
  private boolean stopped;
  private ImmutableMap<String, Double> metrics = ImmutableMap.of();
  private Optional<Path> lastSaved = Optional.empty();

  Position position() {
    return position;
  }

  /** Returns the figures of the last result that was told; none if weights were put in since. */
  ImmutableMap<String, Double> metrics() {
    return metrics;
  }

  Optional<Path> lastSaved() {
    return lastSaved;
  }

  /** Tells whether a rule has ended the training. */
  boolean stopped() {
    return stopped;
  }

  /** Says that a rule has ended the training. */
  void stop() {
    stopped = true;
  }

  /** Says that the training goes on all the same. */
  void clearStop() {
    stopped = false;
  }

  void moveTo(Position next) {
    position = next;
  }

  void tell(ImmutableMap<String, Double> figures) {
    position = position.afterResult();
    metrics = figures;
  }

  /** Says that weights are not, or may not be, those that training has left. */
  void changeWeights() {
    metrics = ImmutableMap.of();
  }

  void saved(Path checkpoint) {
    lastSaved = Optional.of(checkpoint);
  }

  /** Says that a checkpoint is being taken up: until it is, variables may be of two states. */
  void beginRestore() {
    whole = false;
    restoring = true;
  }

  void restored(SavedState state, Path checkpoint) {
    position = state.position();
    metrics = state.metrics();
    stopped = state.stopped();
    whole = true;
    restoring = false;
    lastSaved = Optional.of(checkpoint);
  }

  /** Says that an update has begun: until it is done, the variables fit no position. */
  void begin() {
    whole = false;
  }

  /** Says that the update is done. */
  void done() {
    whole = true;
  }

  /** Says whether averages may stand in the weights' place. */
  void evaluate(boolean now) {
    evaluating = now;
  }

  boolean evaluating() {
    return evaluating;
  }

  /** Refuses what needs the variables as training has left them. */
  void requireWhole() {
    if (!whole) {
      throw new IllegalStateException(
          (restoring
                  ? "a checkpoint was restored in part"
                  : "training failed within epoch "
                      + (position.epoch() + 1)
                      + ", after step "
                      + position.step())
              + "; restore a checkpoint first");
    }
  }

  /** Refuses what would take averages for weights. */
  void requireNotEvaluating(String what) {
    if (evaluating) {
      throw new IllegalStateException(
          "cannot " + what + " within an evaluation: averages may stand in the weights' place");
    }
  }
}
