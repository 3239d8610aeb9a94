package org.tfemergence.emergence.measure;

import java.util.HashMap;
import java.util.Map;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;

/**
 * A definition of emergence: {@link LayerEmergence} from counts, or {@link ExactEmergence} over
 * single connections.
 */
public sealed interface EmergenceMeasure permits LayerEmergence, ExactEmergence {
  /**
   * Returns the name by which reports tell which definition they show.
   *
   * @return {@code published}, {@code filters}, {@code strict}, {@code exact} or {@code
   *     exact_strict}
   */
  String name();

  /**
   * Returns the definition for a network when none is asked for: exact connectivity where a
   * residual add or attention wires units one to one or by position, or where a part of a layer is
   * taken, so that its other units feed nothing there, which counts cannot tell; else the formula
   * that the papers print for networks of its kind.
   *
   * @param network the network
   * @return {@link ExactEmergence#ANY_UNIT} or {@link LayerEmergence#defaultFor}
   */
  static EmergenceMeasure defaultFor(Network network) {
    Map<Layer, Integer> feeding = new HashMap<>();
    Map<Layer, Integer> feedingOneToOne = new HashMap<>();
    for (Layer from : network.nodes()) {
      for (Layer to : network.targets(from)) {
        Wiring wiring = network.wiring(from, to);
        if (wiring instanceof Wiring.Attention || wiring instanceof Wiring.Selection) {
          return ExactEmergence.ANY_UNIT;
        }
        feeding.merge(to, 1, Integer::sum);
        if (wiring instanceof Wiring.OneToOne && from.units() == to.units()) {
          feedingOneToOne.merge(to, 1, Integer::sum);
        }
      }
    }
    boolean adds = feedingOneToOne.keySet().stream().anyMatch(layer -> feeding.get(layer) > 1);
    return adds ? ExactEmergence.ANY_UNIT : LayerEmergence.defaultFor(network);
  }
}
