package org.tfemergence.models.fit;

import java.nio.file.Path;
import java.util.Optional;

/** The loss became NaN or infinite, and training stopped. */
public final class NonFiniteLossException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The step at which it happened. */
  private final long step;

  NonFiniteLossException(long step, float loss, Optional<Path> checkpoint) {
    super(
        "loss is "
            + loss
            + " at step "
            + step
            + "; try a smaller learning rate; last good checkpoint: "
            + checkpoint.map(Path::toString).orElse("none"));
    this.step = step;
  }

  /**
   * Returns the step at which it happened.
   *
   * @return the number of the update, from 1; the weights include it, unless it has several batches
   *     and the loss is of one before the last
   */
  public long step() {
    return step;
  }
}
