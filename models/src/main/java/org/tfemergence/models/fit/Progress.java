package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.Optional;

/** Where a training stands. Changes with every update; what of it lasts is {@link SavedState}. */
final class Progress {
  private Position position = Position.START;
  private boolean whole = true;
  private boolean stopped;
  private ImmutableMap<String, Double> metrics = ImmutableMap.of();
  private Optional<Path> lastSaved = Optional.empty();

  Position position() {
    return position;
  }

  /** Returns the figures of the last result that was told. */
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
  void goOn() {
    stopped = false;
  }

  void moveTo(Position next) {
    position = next;
  }

  void tell(ImmutableMap<String, Double> figures) {
    position = position.afterResult();
    metrics = figures;
  }

  void saved(Path checkpoint) {
    lastSaved = Optional.of(checkpoint);
  }

  void restored(SavedState state, Path checkpoint) {
    position = state.position();
    metrics = state.metrics();
    stopped = state.stopped();
    whole = true;
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

  void requireWhole() {
    if (!whole) {
      throw new IllegalStateException(
          "training failed within epoch "
              + (position.epoch() + 1)
              + ", after step "
              + position.step()
              + "; restore a checkpoint first");
    }
  }
}
