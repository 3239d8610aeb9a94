package org.tfemergence.emergence.trace;

import java.util.Optional;
import org.tensorflow.Output;

/** Thrown by a rule for an operation that it has no wiring for; the walk decides what follows. */
final class NotUnderstood extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Optional<Output<?>> taken;

  NotUnderstood(String reason) {
    super(reason);
    taken = Optional.empty();
  }

  NotUnderstood(String reason, Throwable cause) {
    super(reason, cause);
    taken = Optional.empty();
  }

  /** Says that an operation takes a tensor for a layer's units that was understood otherwise. */
  NotUnderstood(String reason, Output<?> taken) {
    super(reason);
    this.taken = Optional.of(taken);
  }

  /** Returns what was taken for a layer's units and is none, if that is why. */
  Optional<Output<?>> taken() {
    return taken;
  }

  static void unless(boolean condition, String reason) {
    if (!condition) {
      throw new NotUnderstood(reason);
    }
  }
}
