package org.tfemergence.emergence.trace;

/** What becomes of an operation that the tracer does not understand. */
public enum Unknown {
  /** It is taken as all-to-all, from all its inputs to all its outputs, and listed. */
  OPAQUE,
  /** The trace fails, with the operation's type and name. */
  REFUSE
}
