package org.tfemergence.emergence.graph;

import org.tfemergence.emergence.activity.ActivityCounts;

/**
 * Counts active units on the device, over one batch or many: {@link ActivityProbe} with one verdict
 * per unit, {@link ExampleProbe} with one per unit and example.
 *
 * <p>A pass over data begins with a run that fetches {@link #restart()}; every further batch of the
 * pass fetches {@link #accumulate()}. Both give the counts so far, layers in the order of the taps.
 */
public sealed interface CountsProbe permits ActivityProbe, ExampleProbe {
  /**
   * Returns the counts over the batch of this run alone, with which a new pass begins.
   *
   * @return a vector of a few numbers; reading it fails with an {@link IllegalArgumentException} if
   *     there was no example
   */
  Readout<ActivityCounts> restart();

  /**
   * Returns the counts over the batch of this run and those of the pass before it.
   *
   * @return as {@link #restart}
   */
  Readout<ActivityCounts> accumulate();
}
