package org.tfemergence.emergence.trace;

import org.tfemergence.emergence.graph.Weight;

/** Whether the weights of a kernel can be read, in the order in which connections are numbered. */
sealed interface KernelAccess {
  /**
   * They can.
   *
   * @param weight the variable that holds them, as it is or as its transpose
   */
  record Visible(Weight weight) implements KernelAccess {}

  /**
   * They cannot: what the graph multiplies with is no variable, or one in another order.
   *
   * @param reason why
   */
  record Hidden(String reason) implements KernelAccess {}
}
