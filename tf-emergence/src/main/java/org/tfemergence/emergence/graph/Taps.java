package org.tfemergence.emergence.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What must hold of the taps that something is built on. */
final class Taps {
  private Taps() {}

  /** Refuses no tap at all, and two of a layer; {@code what} they are for begins the message. */
  static void requireEachOnce(String what, List<Tap> taps) {
    if (taps.isEmpty()) {
      throw new IllegalArgumentException(what + " must have at least one tap");
    }
    Set<String> names = new HashSet<>();
    for (Tap tap : taps) {
      if (!names.add(tap.layer())) {
        throw new IllegalArgumentException("layer '" + tap.layer() + "' is tapped twice");
      }
    }
  }
}
