package org.tfemergence.models.fit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.tfemergence.emergence.train.EpochResult;

/** Says when and where a training is to be saved. The loop asks it after every update. */
@FunctionalInterface
public interface CheckpointRule {
  /**
   * Tells whether to save now.
   *
   * @param position how far the training is; also within an epoch
   * @param result what was told last, if it was told at this position
   * @return the folder to write the checkpoint to, which must not exist; empty to go on
   */
  Optional<Path> due(Position position, Optional<EpochResult> result);

  /**
   * Tells that a checkpoint is complete, so that older ones may go.
   *
   * @param checkpoint the folder
   * @throws IOException if older ones cannot be deleted
   */
  default void written(Path checkpoint) throws IOException {}

  /**
   * Returns the rule that never saves.
   *
   * @return the rule
   */
  static CheckpointRule never() {
    return (position, result) -> Optional.empty();
  }
}
