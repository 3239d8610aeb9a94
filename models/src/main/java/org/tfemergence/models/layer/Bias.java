package org.tfemergence.models.layer;

/** Whether a layer adds a trained number to each of its channels. */
public enum Bias {
  /** It does; the numbers start at zero. */
  ADDED,
  /** It does not, because what follows takes the mean away, or by choice. */
  NONE
}
