package org.tfemergence.emergence.activity;

import org.tfemergence.emergence.network.Layer;

/** What is counted as one unit of a layer that has positions, such as pixels or tokens. */
public enum Granularity {
  /** Each channel at each position: height times width times channels of them. */
  UNITS,
  /**
   * Each channel as a whole: its value in an example is the mean over the example's positions. A
   * layer without positions has as many channels as units.
   */
  CHANNELS;

  /**
   * Returns how many units of a layer are counted, n.
   *
   * @param layer the layer
   * @return the number of its units or of its channels
   */
  public long units(Layer layer) {
    return this == CHANNELS ? layer.channels() : layer.units();
  }
}
