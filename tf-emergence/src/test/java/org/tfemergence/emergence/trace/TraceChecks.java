package org.tfemergence.emergence.trace;

import java.util.List;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;

/** What tests of traces ask. */
final class TraceChecks {
  private TraceChecks() {}

  static Layer layer(Network network, String name) {
    return network.nodes().stream().filter(l -> l.name().equals(name)).findFirst().orElseThrow();
  }

  static Wiring wiring(Network network, String from, String to) {
    return network.wiring(layer(network, from), layer(network, to));
  }

  static List<String> targets(Network network, String from) {
    return network.targets(layer(network, from)).stream().map(Layer::name).sorted().toList();
  }

  /** Returns the layers that count, as "name [shape] parameters". */
  static List<String> table(Network network) {
    return network.layers().stream()
        .map(l -> l.name() + " " + l.shape() + " " + l.parameters())
        .toList();
  }

  static Output<?> activations(TracedNetwork traced, String layer) {
    return traced.taps().stream()
        .filter(tap -> tap.layer().equals(layer))
        .map(Tap::activations)
        .findFirst()
        .orElseThrow()
        .asOutput();
  }

  /** Runs a tensor on the numbers that fixtures.py calls a ramp. */
  static float[] run(Session session, TracedNetwork traced, Output<?> fetched, Shape input) {
    float[] ramp = new float[(int) input.size()];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = (float) (i % 17 / 17.0 - 0.4);
    }
    try (TFloat32 fed = GraphRun.tensor(input, ramp);
        Result result =
            session
                .runner()
                .feed(traced.inputs().values().iterator().next(), fed)
                .fetch(fetched)
                .run()) {
      return GraphRun.floats((TFloat32) result.get(0));
    }
  }
}
