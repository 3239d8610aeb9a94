package org.tfemergence.emergence.trace;

import org.tensorflow.GraphOperation;

/** Dropout, which leaves the activations where they were: in front of it. */
final class DropoutRules {
  private DropoutRules() {}

  /** Tells whether an operation combines something with what is drawn at random. */
  static boolean applies(Site site) {
    boolean random = false;
    for (int i = 0; i < site.operation().numInputs(); i++) {
      random |= site.flow(i).isEmpty() && Parameters.random(site.input(i));
    }
    return random;
  }

  /** Returns what flows into a dropout, in front of the scale before its mask. */
  static Flow undropped(Site site) {
    NotUnderstood.unless(site.incoming().size() == 1, "it combines a layer with random values");
    int index = 0;
    while (site.flow(index).isEmpty()) {
      index++;
    }
    GraphOperation before = Parameters.operation(site.input(index));
    if (ElementwiseRules.FACTORS.contains(before.type())) {
      for (int i = 0; i < 2; i++) {
        boolean scaled =
            site.flow(before.input(i)).isPresent()
                && site.flow(before.input(1 - i)).isEmpty()
                && before.input(1 - i).shape().size() == 1;
        if (scaled) {
          return site.flow(before.input(i)).get();
        }
      }
    }
    return site.flow(index).get();
  }
}
