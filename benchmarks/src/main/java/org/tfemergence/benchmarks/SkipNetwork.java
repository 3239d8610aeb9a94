package org.tfemergence.benchmarks;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.GraphBuilder;
import com.google.common.graph.MutableGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

/**
 * Dense layers of 64 to 4,159 units, every third also fed past its predecessor, and an activity.
 *
 * @param network the layers
 * @param counts their activity
 */
record SkipNetwork(Network network, ActivityCounts counts) {
  /** Draws a network of some layers, the same each time. */
  static SkipNetwork of(int layers) {
    Random random = new Random(1);
    List<Layer> all = new ArrayList<>();
    ImmutableList.Builder<LayerActivity> activity = ImmutableList.builder();
    MutableGraph<Layer> wiring = GraphBuilder.directed().build();
    for (int i = 0; i < layers; i++) {
      int units = 64 + random.nextInt(4096);
      all.add(new Layer("layer_" + i, units, units));
      wiring.addNode(all.get(i));
      activity.add(new LayerActivity("layer_" + i, units, random.nextInt(units), 0));
      if (i > 0) {
        wiring.putEdge(all.get(i - 1), all.get(i));
      }
      if (i > 1 && i % 3 == 0) {
        wiring.putEdge(all.get(i - 2), all.get(i));
      }
    }
    return new SkipNetwork(Network.of(wiring), new ActivityCounts(activity.build(), 1));
  }
}
