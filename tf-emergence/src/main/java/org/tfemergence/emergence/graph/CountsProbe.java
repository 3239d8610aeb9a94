package org.tfemergence.emergence.graph;

import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;

/**
 * Counts active units on the device, over one batch or many: {@link ActivityProbe} with one verdict
 * per unit, {@link ExampleProbe} with one per unit and example.
 *
 * <p>A pass over data begins with a run that fetches {@link #restart()}; every further batch of the
 * pass fetches {@link #accumulate()}. Both return the counts so far, a vector of a few numbers.
 */
public sealed interface CountsProbe permits ActivityProbe, ExampleProbe {
  /**
   * Returns the counts over the batch of this run alone, with which a new pass begins.
   *
   * @return a vector for {@link #read}
   */
  Operand<TFloat64> restart();

  /**
   * Returns the counts over the batch of this run and those of the pass before it.
   *
   * @return a vector for {@link #read}
   */
  Operand<TFloat64> accumulate();

  /**
   * Copies fetched counts to Java.
   *
   * @param fetched the value of {@link #restart()} or {@link #accumulate()}
   * @return the counts, layers in the order of the taps
   * @throws IllegalArgumentException if there was no example
   */
  ActivityCounts read(TFloat64 fetched);
}
