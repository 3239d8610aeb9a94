package org.tfemergence.emergence.graph;

import java.util.HashMap;
import java.util.Map;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;

/** How many paths a network can have at most: known before it runs, from its wiring alone. */
final class PathBound {
  private PathBound() {}

  /** Returns log2 of a number that no sum of paths, over units and layers, exceeds. */
  static double log2(Network network) {
    Map<Layer, Double> beyond = new HashMap<>(); // log2 of the paths of one unit
    double all = Double.NEGATIVE_INFINITY;
    for (Layer layer : network.nodes().reverse()) {
      double paths = 0; // that which ends in the unit itself
      for (Layer target : network.targets(layer)) {
        double fanOut = fanOut(target, network.wiring(layer, target));
        paths = add(paths, log2(fanOut) + beyond.get(target));
      }
      beyond.put(layer, paths);
      all = add(all, log2((double) layer.units()) + paths);
    }
    return all;
  }

  /* The number of units that one unit feeds, at most. */
  private static double fanOut(Layer to, Wiring wiring) {
    if (wiring instanceof Wiring.PerPosition) {
      return to.channels();
    } else if (wiring instanceof Wiring.OneToOne || wiring instanceof Wiring.Selection) {
      return 1;
    } else if (wiring instanceof Wiring.Convolution convolution) {
      return windows(convolution.window(), to) * to.channels() / convolution.groups();
    } else if (wiring instanceof Wiring.Pooling pooling) {
      return windows(pooling.window(), to);
    } else if (wiring instanceof Wiring.Attention attention) {
      double headWidth = (double) to.channels() / attention.heads();
      return attention.reach() == Wiring.Attention.Reach.SELF
          ? headWidth
          : headWidth * to.shape().get(0);
    }
    return to.units();
  }

  /* The number of windows that a position lies in, at most. */
  private static double windows(Window window, Layer to) {
    return (double) Math.min(to.shape().get(0), (window.height() - 1) / window.strideHeight() + 1)
        * Math.min(to.shape().get(1), (window.width() - 1) / window.strideWidth() + 1);
  }

  private static double add(double a, double b) {
    double greater = Math.max(a, b);
    return greater + log2(1 + Math.pow(2, Math.min(a, b) - greater));
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }
}
