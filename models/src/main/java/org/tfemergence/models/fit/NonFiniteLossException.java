package org.tfemergence.models.fit;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The loss became NaN or infinite, and training stopped before the weights were changed by it. */
public final class NonFiniteLossException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The step at which it happened. */
  private final long step;

  /**
   * Says what was found.
   *
   * @param variables the names of the model's variables that are not finite: the update before made
   *     them so
   */
  NonFiniteLossException(long step, float loss, List<String> variables, Optional<Path> checkpoint) {
    super(
        "loss is "
            + loss
            + " at step "
            + step
            + (variables.isEmpty()
                ? ""
                : ", with NaN or infinite values in variables "
                    + variables
                    + " since the update before")
            + "; try a smaller learning rate; last good checkpoint: "
            + checkpoint.map(Path::toString).orElse("none"));
    this.step = step;
  }

  /**
   * Returns the step at which it happened.
   *
   * @return the number of the update, from 1, that was not made
   */
  public long step() {
    return step;
  }
}
