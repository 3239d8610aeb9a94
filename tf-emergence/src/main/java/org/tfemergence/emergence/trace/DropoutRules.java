package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableSet;
import java.util.Optional;
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

  /**
   * Returns what flows into a dropout, in front of the scale before its mask. What is learnt beside
   * the random values, such as the width of noise, is a parameter of its own.
   */
  static Flow undropped(Site site) {
    Flow flow = unscaled(site);
    Optional<Part> root = flow instanceof Flow.Carried some ? some.root() : Optional.empty();
    Operands operands = Operands.of(site, root);
    if (operands.learnt().isEmpty()) {
      return flow;
    }
    NotUnderstood.unless(
        flow instanceof Flow.Carried, "something is learnt of what it combines with random values");
    Flow.Carried units = (Flow.Carried) flow;
    ImmutableSet<Parameter> gains =
        ImmutableSet.<Parameter>builder().addAll(units.gains()).addAll(operands.learnt()).build();
    return units.read(units.reading().with(units.reading().stage(), gains));
  }

  private static Flow unscaled(Site site) {
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
                && before.input(1 - i).shape().size() == 1
                && site.parameters().behind(before.input(1 - i), true).parameters().isEmpty();
        if (scaled) {
          return site.flow(before.input(i)).get();
        }
      }
    }
    return site.flow(index).get();
  }
}
