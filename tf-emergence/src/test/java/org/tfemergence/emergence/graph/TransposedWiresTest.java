package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wires;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.testing.GraphRun;

/** Sums over connections in the graph, against {@link Wires}, which names them one by one. */
final class TransposedWiresTest {
  private static final int VECTORS = 2;

  private final Random random = new Random(12);

  /* Values are small integers, so that sums are exact whatever their order. */
  @Test
  void backward_windowsOfAnyGeometry_areTheSumsOverTheirConnections() {
    Map<String, Integer> kinds = new HashMap<>();
    try (GraphRun run = new GraphRun()) {
      List<Operand<TFloat64>> found = new ArrayList<>();
      List<double[]> expected = new ArrayList<>();
      List<String> names = new ArrayList<>();
      for (int i = 0; i < Integer.getInteger("geometries", 400); i++) {
        Geometry drawn = new Geometry(random);
        Wires wires = new Wires(drawn.from, drawn.to, drawn.wiring);
        double[] values = small(VECTORS * (int) drawn.to.units(), 100);
        Optional<double[]> mask =
            wires.kernel().isPresent() && random.nextInt(4) > 0
                ? Optional.of(small(size(wires.kernel().get()), 2))
                : Optional.empty();
        found.add(
            new TransposedWires(run.tf(), drawn.from, drawn.to, VECTORS)
                .backward(
                    drawn.wiring,
                    constant(run, values, VECTORS, drawn.to.units()),
                    mask.map(weights -> constant(run, weights, wires.kernel().get()))));
        expected.add(sums(wires, drawn, values, mask));
        names.add(drawn + (mask.isPresent() ? ", masked" : ""));
        kinds.merge(drawn.kind() + (mask.isPresent() ? ", masked" : ""), 1, Integer::sum);
      }
      try (Session session = new Session(run.graph())) {
        Session.Runner runner = session.runner();
        found.forEach(runner::fetch);
        try (Result result = runner.run()) {
          for (int i = 0; i < found.size(); i++) {
            assertThat(GraphRun.doubles((TFloat64) result.get(i)))
                .as(names.get(i))
                .containsExactly(expected.get(i));
          }
        }
      }
    }
    assertThat(kinds)
        .containsOnlyKeys(
            "pooling",
            "one group",
            "one group, masked",
            "depthwise",
            "depthwise, masked",
            "groups",
            "groups, masked");
    assertThat(kinds.values()).allMatch(count -> count >= 5);
  }

  @Test
  void backward_moreGroups_addNoOperations() {
    assertThat(operations(64, 64)).isEqualTo(operations(2, 2)).isLessThan(40);
    assertThat(operations(64, 32)).isEqualTo(operations(4, 2)).isLessThan(40);
  }

  private static int operations(long channels, int groups) {
    try (GraphRun run = new GraphRun()) {
      Layer from = map("from", 5, 4, channels);
      Layer to = map("to", 5, 4, channels);
      Convolution wiring = new Convolution(Window.same(3, 1, 5, 4), groups);
      Wires wires = new Wires(from, to, wiring);
      Operand<TFloat64> values = constant(run, new double[(int) to.units()], 1, to.units());
      ImmutableList<Long> shape = wires.kernel().orElseThrow();
      Operand<TFloat64> kernel = constant(run, new double[size(shape)], shape);
      int before = run.operations();
      new TransposedWires(run.tf(), from, to, 1).backward(wiring, values, Optional.of(kernel));
      return run.operations() - before;
    }
  }

  private static double[] sums(
      Wires wires, Geometry drawn, double[] values, Optional<double[]> mask) {
    int units = (int) drawn.from.units();
    int outputs = (int) drawn.to.units();
    double[] sums = new double[VECTORS * units];
    for (int unit = 0; unit < units; unit++) {
      int from = unit;
      wires.forEach(
          unit,
          (target, weight) -> {
            double there = mask.isPresent() ? mask.get()[weight] : 1;
            for (int vector = 0; vector < VECTORS; vector++) {
              sums[vector * units + from] += there * values[vector * outputs + target];
            }
          });
    }
    return sums;
  }

  private double[] small(int size, int bound) {
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextInt(bound);
    }
    return values;
  }

  private static int size(List<Long> shape) {
    return (int) shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
  }

  private static Operand<TFloat64> constant(GraphRun run, double[] values, List<Long> shape) {
    return constant(run, values, shape.stream().mapToLong(Long::longValue).toArray());
  }

  private static Operand<TFloat64> constant(GraphRun run, double[] values, long... shape) {
    return run.tf().constant(Shape.of(shape), DataBuffers.of(values));
  }

  private static Layer map(String name, long height, long width, long channels) {
    return new Layer(name, ImmutableList.of(height, width, channels), 1, Layer.Role.COUNTED);
  }

  /** Two maps and windows between them: SAME, VALID or padded at will, strides seldom equal. */
  private static final class Geometry {
    final Layer from;
    final Layer to;
    final Wiring wiring;

    Geometry(Random random) {
      int groups = 1 + random.nextInt(4);
      long in = groups * (1L + random.nextInt(3));
      Axis rows = new Axis(random);
      Axis columns = new Axis(random);
      Window window =
          new Window(
              rows.size, columns.size, rows.stride, columns.stride, rows.before, columns.before);
      from = map("from", rows.inputs, columns.inputs, in);
      boolean pooling = random.nextInt(4) == 0;
      wiring = pooling ? new Pooling(window) : new Convolution(window, groups);
      to =
          map(
              "to",
              rows.outputs,
              columns.outputs,
              pooling ? in : groups * (1L + random.nextInt(3)));
    }

    String kind() {
      if (!(wiring instanceof Convolution convolution)) {
        return "pooling";
      } else if (convolution.groups() == 1) {
        return "one group";
      }
      return convolution.groups() == from.channels() ? "depthwise" : "groups";
    }

    @Override
    public String toString() {
      return from.shape() + " to " + to.shape() + " by " + wiring;
    }
  }

  private static final class Axis {
    final int inputs;
    final int size;
    final int stride;
    final int before;
    final int outputs;

    Axis(Random random) {
      inputs = 1 + random.nextInt(9);
      stride = 1 + random.nextInt(3);
      int drawn = 1 + random.nextInt(5);
      int way = random.nextInt(3);
      if (way == 0) { // VALID
        size = Math.min(drawn, inputs);
        before = 0;
        outputs = (inputs - size) / stride + 1;
      } else if (way == 1) { // SAME
        size = drawn;
        outputs = (inputs + stride - 1) / stride;
        before = Math.max(0, (outputs - 1) * stride + size - inputs) / 2;
      } else { // explicit: any padding, and as many windows as begin inside the input, or fewer
        size = drawn;
        before = random.nextInt(size);
        outputs = 1 + random.nextInt((inputs + before - 1) / stride + 1);
      }
    }
  }
}
