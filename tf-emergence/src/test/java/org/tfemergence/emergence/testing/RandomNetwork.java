package org.tfemergence.emergence.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.graph.ElementOrder;
import com.google.common.graph.GraphBuilder;
import com.google.common.graph.ImmutableGraph;
import com.google.common.graph.MutableGraph;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

/**
 * A random network with a verdict for each of its units.
 *
 * @param wiring the layers, put into the graph in random order
 * @param active per layer's name which of its units are active
 */
public record RandomNetwork(ImmutableGraph<Layer> wiring, ImmutableMap<String, boolean[]> active) {
  /** Draws a chain of 1 to {@code maxLayers} layers of 1 to {@code maxUnits} units. */
  public static RandomNetwork chain(Random random, int maxLayers, int maxUnits) {
    return draw(random, maxLayers, maxUnits, true);
  }

  /** Draws an acyclic network in which any two layers are joined as a coin falls. */
  public static RandomNetwork dag(Random random, int maxLayers, int maxUnits) {
    return draw(random, maxLayers, maxUnits, false);
  }

  /** Returns the network. */
  public Network network() {
    return Network.of(wiring);
  }

  /** Returns how many units of each layer are active, in the network's order. */
  public ActivityCounts counts() {
    ImmutableList.Builder<LayerActivity> layers = ImmutableList.builder();
    for (Layer layer : network().layers()) {
      long on = 0;
      for (boolean unit : active.get(layer.name())) {
        on += unit ? 1 : 0;
      }
      layers.add(new LayerActivity(layer.name(), layer.units(), on, 0));
    }
    return new ActivityCounts(layers.build(), 1);
  }

  private static RandomNetwork draw(Random random, int maxLayers, int maxUnits, boolean chain) {
    List<Layer> layers = new ArrayList<>();
    ImmutableMap.Builder<String, boolean[]> active = ImmutableMap.builder();
    int size = 1 + random.nextInt(maxLayers);
    double share = random.nextDouble();
    for (int i = 0; i < size; i++) {
      boolean[] units = new boolean[1 + random.nextInt(maxUnits)];
      for (int u = 0; u < units.length; u++) {
        units[u] = random.nextDouble() < share;
      }
      layers.add(new Layer("layer" + i, units.length, random.nextInt(100)));
      active.put("layer" + i, units);
    }
    MutableGraph<Layer> wiring =
        GraphBuilder.directed().nodeOrder(ElementOrder.insertion()).build();
    List<Layer> shuffled = new ArrayList<>(layers);
    Collections.shuffle(shuffled, random);
    shuffled.forEach(wiring::addNode);
    for (int i = 0; i < size; i++) {
      for (int j = i + 1; j < size; j++) {
        if (chain ? j == i + 1 : random.nextBoolean()) {
          wiring.putEdge(layers.get(i), layers.get(j));
        }
      }
    }
    return new RandomNetwork(ImmutableGraph.copyOf(wiring), active.buildOrThrow());
  }
}
