package org.tfemergence.emergence.trace;

/** Thrown by a rule for an operation that it has no wiring for; the walk decides what follows. */
final class NotUnderstood extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotUnderstood(String reason) {
    super(reason);
  }

  NotUnderstood(String reason, Throwable cause) {
    super(reason, cause);
  }

  static void unless(boolean condition, String reason) {
    if (!condition) {
      throw new NotUnderstood(reason);
    }
  }
}
