package org.tfemergence.emergence.trace;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What an operation of some type does to what flows into it. */
@FunctionalInterface
interface OpRule {
  /**
   * Tells what flows out, adding the layers that begin here.
   *
   * @return by output; empty where it does not depend on the network's input; outputs behind the
   *     last of the list are not told
   * @throws NotUnderstood if the operation, used like this, has no wiring
   */
  List<Optional<Flow>> apply(Site site);

  /** Returns a rule that tells what flows out at the first output. */
  static OpRule first(Function<Site, Flow> rule) {
    return site -> List.of(Optional.of(rule.apply(site)));
  }
}
