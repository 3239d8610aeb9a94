package org.tfemergence.models.layer;

/** What pooling makes of the values in a window. */
public enum Pooling {
  /** The greatest. */
  MAX,
  /** Their mean; padding does not count. */
  AVERAGE
}
