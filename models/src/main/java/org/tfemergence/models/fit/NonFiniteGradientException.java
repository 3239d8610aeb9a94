package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A gradient became NaN or infinite though the loss was not, and training stopped before the
 * weights were changed by it. It is found where gradients are clipped, which takes their norm; else
 * the next loss tells ({@link NonFiniteLossException}).
 */
public final class NonFiniteGradientException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The step at which it happened. */
  private final long step;

  /** Whose gradients they are. */
  private final ImmutableList<String> variables;

  NonFiniteGradientException(
      long step, ImmutableList<String> variables, Optional<Path> checkpoint) {
    super(
        "gradients of variables "
            + variables
            + " are NaN or infinite at step "
            + step
            + "; last good checkpoint: "
            + checkpoint.map(Path::toString).orElse("none"));
    this.step = step;
    this.variables = variables;
  }

  /**
   * Returns the step at which it happened.
   *
   * @return the number of the update, from 1, that was not made
   */
  public long step() {
    return step;
  }

  /**
   * Returns whose gradients are not finite.
   *
   * @return the names of the variables, at least one
   */
  public ImmutableList<String> variables() {
    return variables;
  }
}
