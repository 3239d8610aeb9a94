package org.tfemergence.emergence.trace;

import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;

/** What tests of traces ask. */
final class TraceChecks {
  private TraceChecks() {}

  static Operand<TFloat32> input(GraphRun run, String name, long... shape) {
    return run.tf()
        .withName(name)
        .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1).append(Shape.of(shape))));
  }

  /** Returns what a resource variable of ones holds. */
  static Operand<TFloat32> ones(GraphRun run, String name, long... shape) {
    Shape sizes = Shape.of(shape);
    float[] ones = new float[(int) sizes.size()];
    Arrays.fill(ones, 1);
    return run.tf().readVariableOp(run.resource(name, sizes, ones), TFloat32.class);
  }

  static TracedNetwork trace(GraphRun run) {
    return NetworkTracer.of(run.graph()).input("x").output("out").trace();
  }

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

  /** Runs a tensor on the numbers that fixtures.py calls a ramp, and ones for single numbers. */
  static float[] run(Session session, TracedNetwork traced, Output<?> fetched, Shape input) {
    float[] ramp = new float[(int) input.size()];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = (float) (i % 17 / 17.0 - 0.4);
    }
    try (TFloat32 fed = GraphRun.tensor(input, ramp);
        TFloat32 one = TFloat32.scalarOf(1)) {
      Session.Runner runner = session.runner().fetch(fetched);
      for (Output<?> end : traced.inputs().values()) {
        runner.feed(end, end.shape().numDimensions() == 0 ? one : fed);
      }
      try (Result result = runner.run()) {
        return GraphRun.floats((TFloat32) result.get(0));
      }
    }
  }
}
