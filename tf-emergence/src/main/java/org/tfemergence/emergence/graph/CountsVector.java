package org.tfemergence.emergence.graph;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;

/**
 * What a {@link CountsProbe} gives: active units per layer, units per layer, non-finite units per
 * layer, the number of examples.
 */
final class CountsVector {
  private CountsVector() {}

  /** Copies a vector to Java. */
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
