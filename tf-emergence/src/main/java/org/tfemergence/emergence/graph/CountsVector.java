package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;

/**
 * What a {@link CountsProbe} gives: active units per layer, units per layer, non-finite units per
 * layer, the number of examples.
 */
final class CountsVector {
  private CountsVector() {}

  /** Returns what a vector says. */
  static ActivityCounts read(double[] values, List<Tap> taps, Granularity granularity) {
    int layers = taps.size();
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
