package org.tfemergence.emergence.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.tfemergence.emergence.trace.TraceChecks.input;
import static org.tfemergence.emergence.trace.TraceChecks.layer;
import static org.tfemergence.emergence.trace.TraceChecks.ones;
import static org.tfemergence.emergence.trace.TraceChecks.trace;

import java.util.List;
import java.util.function.BiFunction;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.testing.GraphRun;

/** Networks that are perturbed, unit by unit, as the oracle of how they are wired. */
final class Perturbations {
  private static final List<Long> STRIDE_1 = List.of(1L, 1L, 1L, 1L);

  /** How many examples there are, each of one unit. */
  static final int UNITS = 3 * 5 * 6;

  private Perturbations() {}

  /** Makes a map of a layer of [3, 5, 6]. */
  interface Part extends BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> {}

  /** Makes one with variables. */
  interface Layered extends BiFunction<GraphRun, Operand<TFloat32>, Operand<TFloat32>> {}

  /**
   * Checks that a network is wired as it reacts. Behind the part stands a depthwise convolution of
   * 1 x 1 by ones, so that each unit of the last layer is one unit of the part. Each example of the
   * batch is one unit of the first.
   */
  static void check(Part part) {
    checkLayered((run, x) -> part.apply(run.tf(), x));
  }

  /** Checks the same of a part that has variables. */
  static void checkLayered(Layered part) {
    try (GraphRun run = new GraphRun()) {
      Operand<TFloat32> first = build(run, part);

      Network network = trace(run).network();

      int targets = (int) layer(network, "last").units();
      float[] units = new float[UNITS * UNITS];
      float[] ways = new float[UNITS * targets];
      for (int unit = 0; unit < UNITS; unit++) {
        units[unit * UNITS + unit] = 1;
        walk(network, layer(network, "first"), unit, ways, unit * targets);
      }
      try (TFloat32 fed = GraphRun.tensor(Shape.of(UNITS, 3, 5, 6), units);
          Result result = run.session().runner().feed(first, fed).fetch("out").run()) {
        assertThat(GraphRun.floats((TFloat32) result.get(0))).containsExactly(ways);
      }
    }
  }

  /** Checks that the operation of the name "odd" is refused, for a reason. */
  static void requireRefused(String reason, Part part) {
    try (GraphRun run = new GraphRun()) {
      build(run, (graph, x) -> part.apply(graph.tf(), x));

      assertThatIllegalArgumentException()
          .isThrownBy(() -> trace(run))
          .withMessageMatching("operation \\w+ 'odd' is not understood: .*")
          .withMessageContaining(reason);
    }
  }

  private static Operand<TFloat32> build(GraphRun run, Layered part) {
    Ops tf = run.tf();
    Operand<TFloat32> x = input(run, "x", 3, 5, 1);
    Operand<TFloat32> first =
        tf.nn.conv2d(x, ones(run, "first/kernel", 1, 1, 1, 6), STRIDE_1, "VALID");
    Operand<TFloat32> map = part.apply(run, first);
    Operand<TFloat32> last =
        tf.nn.depthwiseConv2dNative(
            map, ones(run, "last/kernel", 1, 1, map.shape().get(3), 1), STRIDE_1, "VALID");
    tf.withName("out").identity(last);
    return first;
  }

  private static void walk(Network network, Layer from, int unit, float[] ways, int row) {
    for (Layer to : network.targets(from)) {
      network
          .wires(from, to)
          .forEach(
              unit,
              (target, weight) -> {
                if (to.counted()) {
                  ways[row + target]++;
                } else {
                  walk(network, to, target, ways, row);
                }
              });
    }
  }
}
