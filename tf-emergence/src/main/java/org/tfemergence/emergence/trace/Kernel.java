package org.tfemergence.emergence.trace;

/**
 * What a layer multiplies with.
 *
 * @param first the parameter that it is, or the first of those that it is computed from
 * @param learnt all that is learnt of what it is computed from
 * @param access whether its weights can be read
 */
record Kernel(Parameter first, Learnt learnt, KernelAccess access) {
  /** Returns the same kernel, as used by an operation that turns its axes round. */
  Kernel turned(boolean turned, Site site) {
    return turned && access instanceof KernelAccess.Visible
        ? new Kernel(
            first, learnt, new KernelAccess.Hidden(site.what() + " takes it in another order"))
        : this;
  }
}
