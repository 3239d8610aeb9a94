package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What an operation combines a layer with that does not depend on the network's input.
 *
 * @param learnt the parameters among it
 * @param deviations moving variances among it
 * @param several whether it is more than one number
 * @param uncounted where is noted what counts in no layer
 */
record Operands(
    ImmutableSet<Parameter> learnt,
    ImmutableSet<Parameter> deviations,
    boolean several,
    Uncounted uncounted) {
  /** Looks at an operation's operands. */
  static Operands of(Site site, Optional<Part> root) {
    Set<Parameter> learnt = new LinkedHashSet<>();
    Set<Parameter> deviations = new LinkedHashSet<>();
    boolean several = false;
    Uncounted uncounted = site.parts().uncounted();
    for (int i = 0; i < site.operation().numInputs(); i++) {
      if (site.flow(i).isPresent()) {
        continue;
      }
      Learnt behind = site.parameters().behind(site.input(i), root.isPresent());
      uncounted.note(behind);
      if (i == 1 && site.type().equals("Sub")) {
        uncounted.subtracted(behind.parameters());
      }
      learnt.addAll(behind.parameters());
      deviations.addAll(behind.statistics());
      several |= site.input(i).shape().isUnknown() || site.input(i).shape().size() != 1;
    }
    return new Operands(
        ImmutableSet.copyOf(learnt), ImmutableSet.copyOf(deviations), several, uncounted);
  }

  /** Takes moving means, which were subtracted before, out of what counts. */
  void forgetMeans(Optional<Part> root, Set<Parameter> gains) {
    gains.removeAll(uncounted.means(gains, deviations));
    root.ifPresent(
        part -> part.parameters().removeAll(uncounted.means(part.parameters(), deviations)));
  }
}
