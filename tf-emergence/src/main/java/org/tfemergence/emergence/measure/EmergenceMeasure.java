package org.tfemergence.emergence.measure;

import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.network.Network;

/** A definition of emergence: a pure function of a network and its activity. */
public interface EmergenceMeasure {
  /**
   * Returns the name by which reports tell which definition they show.
   *
   * @return a short name
   */
  String name();

  /**
   * Measures a network.
   *
   * @param network the network
   * @param counts its activity, with the network's layers in the network's order
   * @return its emergence
   * @throws IllegalArgumentException if the counts are of other layers
   */
  Emergence measure(Network network, ActivityCounts counts);
}
