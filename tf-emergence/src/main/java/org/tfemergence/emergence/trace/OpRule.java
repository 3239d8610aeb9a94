package org.tfemergence.emergence.trace;

/** What an operation of some type does to what flows into it. */
@FunctionalInterface
interface OpRule {
  /**
   * Tells what flows out at the first output, adding the layer that begins here if one does.
   *
   * @throws NotUnderstood if the operation, used like this, has no wiring
   */
  Flow apply(Site site);
}
