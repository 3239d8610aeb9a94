package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;

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

  /** Reads active units per layer, units per layer, non-finite units per layer, examples. */
  static ActivityCounts read(TFloat64 fetched, List<Tap> taps, Granularity granularity) {
    int layers = taps.size();
    double[] values = new double[3 * layers + 1];
    fetched.asRawTensor().data().asDoubles().read(values);
    ImmutableList.Builder<LayerActivity> activity = ImmutableList.builder();
    for (int i = 0; i < layers; i++) {
      activity.add(
          new LayerActivity(
              taps.get(i).layer(),
              (long) values[layers + i],
              (long) values[i],
              (long) values[2 * layers + i]));
    }
    return new ActivityCounts(activity.build(), (long) values[3 * layers], granularity);
  }
}
