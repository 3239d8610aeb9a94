package org.tfemergence.emergence.train;

import java.util.Optional;

/** What went wrong for one callback while others had their part: the first, the rest suppressed. */
final class Failures {
  private Optional<RuntimeException> first = Optional.empty();

  /** Does one callback's part, and keeps what it throws. */
  void during(Runnable part) {
    try {
      part.run();
    } catch (RuntimeException e) {
      if (first.isEmpty()) {
        first = Optional.of(e);
      } else if (first.get() != e) {
        first.get().addSuppressed(e);
      }
    }
  }

  boolean any() {
    return first.isPresent();
  }

  void rethrow() {
    if (first.isPresent()) {
      throw first.get();
    }
  }
}
