package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.graph.EndpointPair;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import com.google.common.primitives.Longs;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.emergence.testing.WiredNetwork;

/** Sweeps over masks read from kernels, against the reference in Java. */
final class KernelMasksTest {
  @ParameterizedTest
  @EnumSource
  void build_randomNetworks_sweepsWhatTheReferenceCounts(Passing passing) {
    Random random = new Random(9);
    Set<String> wirings = new HashSet<>();
    for (int round = 0; round < 24; round++) {
      WiredNetwork drawn = WiredNetwork.draw(random);
      Network network = drawn.network();
      Emergence expected =
          new ExactEmergence(passing).measure(network, drawn.activity(), drawn.connections());
      try (GraphRun run = new GraphRun()) {
        Map<String, Weight> kernels = new HashMap<>();
        for (EndpointPair<Layer> edge : drawn.wiring().edges()) {
          Wiring wiring = drawn.wiring().edgeValue(edge).orElseThrow();
          int weights = WiredNetwork.weights(edge.source(), edge.target(), wiring);
          if (weights > 0) {
            float[] values = values(weights, drawn.kept().get(edge), random);
            String layer = edge.target().name();
            Shape shape = shape(edge, wiring, weights);
            kernels.put(layer, Weight.of(run.resource(layer, shape, values)));
          }
          wirings.add(
              wiring.getClass().getSimpleName() + (isDepthwise(edge, wiring) ? " depthwise" : ""));
        }
        double found =
            run.doubles(
                    ConnectivitySweep.build(
                        run.tf(),
                        network,
                        passing,
                        active(run, drawn),
                        KernelMasks.build(run.tf(), network, kernels)))[0];

        if (expected.paths().signum() == 0) {
          assertThat(found).isEqualTo(Double.NEGATIVE_INFINITY);
        } else {
          assertThat(found).isCloseTo(expected.log10(), within(1e-12));
        }
      }
    }
    assertThat(wirings)
        .containsExactlyInAnyOrder(
            "Dense",
            "PerPosition",
            "OneToOne",
            "Selection",
            "Convolution",
            "Convolution depthwise",
            "Pooling",
            "Attention");
  }

  /* Blocks as MobileNetV2's, of 32 x 32 images: widths of up to 960 groups. */
  @Test
  void build_mobileNet_addsFewOperations() {
    int[][] blocks = { // expansion, channels, repetitions, first stride
      {1, 16, 1, 1},
      {6, 24, 2, 2},
      {6, 32, 3, 2},
      {6, 64, 4, 2},
      {6, 96, 3, 1},
      {6, 160, 3, 2},
      {6, 320, 1, 1}
    };
    MutableValueGraph<Layer, Wiring> graph = ValueGraphBuilder.directed().build();
    Layer x = map("stem", 16, 16, 32);
    for (int[] block : blocks) {
      for (int i = 0; i < block[2]; i++) {
        String name = "block_" + graph.nodes().size();
        Layer wide = convolved(graph, x, name + "_wide", 1, x.channels() * block[0], 1, 1);
        Layer depthwise =
            convolved(
                graph,
                wide,
                name + "_depthwise",
                i == 0 ? block[3] : 1,
                wide.channels(),
                3,
                (int) wide.channels());
        Layer narrow = convolved(graph, depthwise, name + "_narrow", 1, block[1], 1, 1);
        if (i > 0) {
          Layer sum = Layer.wiring(name + "_sum", narrow.shape());
          graph.putEdgeValue(x, sum, new Wiring.OneToOne(0));
          graph.putEdgeValue(narrow, sum, new Wiring.OneToOne(0));
          narrow = sum;
        }
        x = narrow;
      }
    }
    Network network = Network.of(graph);
    try (GraphRun run = new GraphRun()) {
      Map<String, Weight> kernels = new HashMap<>();
      Map<String, UnitFlags> flags = new HashMap<>();
      for (EndpointPair<Layer> edge : graph.edges()) {
        String layer = edge.target().name();
        network
            .wires(edge.source(), edge.target())
            .kernel()
            .ifPresent(
                shape ->
                    kernels.put(
                        layer,
                        Weight.of(
                            run.tf()
                                .varHandleOp(
                                    TFloat32.class,
                                    Shape.of(Longs.toArray(shape)),
                                    VarHandleOp.sharedName(layer)))));
      }
      for (Layer layer : network.layers()) {
        Shape shape = Shape.of(Longs.toArray(layer.shape()));
        flags.put(
            layer.name(),
            new UnitFlags(run.tf().placeholder(TBool.class, Placeholder.shape(shape))));
      }
      int before = run.operations();
      ConnectivitySweep.build(
          run.tf(),
          network,
          Passing.ANY_UNIT,
          flags,
          KernelMasks.build(run.tf(), network, kernels));

      assertThat(kernels).hasSize(17 * 3);
      assertThat(run.operations() - before).isLessThan(5_000);
    }
  }

  private static Layer convolved(
      MutableValueGraph<Layer, Wiring> graph,
      Layer from,
      String name,
      int stride,
      long channels,
      int size,
      int groups) {
    long height = from.shape().get(0);
    Layer to = map(name, (height + stride - 1) / stride, (height + stride - 1) / stride, channels);
    graph.putEdgeValue(
        from, to, new Wiring.Convolution(Window.same(size, stride, height, height), groups));
    return to;
  }

  /* The same connections, by a kernel that is stored the other way round. */
  @Test
  void build_transposedKernel_sweepsTheSameConnections() {
    Network network = Network.chain(List.of(new Layer("a", 3, 1), new Layer("b", 2, 1)));
    try (GraphRun run = new GraphRun()) {
      Weight inOut = Weight.of(run.resource("in_out", Shape.of(3, 2), 1, 0, 0, 0, 2, 3));
      Weight outIn = Weight.of(run.resource("out_in", Shape.of(2, 3), 1, 0, 2, 0, 0, 3));
      Operand<TBool> plain = KernelMasks.build(run.tf(), network, Map.of("b", inOut)).get("a", "b");
      Operand<TBool> turned =
          KernelMasks.build(run.tf(), network, Map.of("b", outIn.transposed())).get("a", "b");
      Operand<TBool> same = run.tf().math.equal(plain, turned);

      assertThat(turned.asOutput().shape()).isEqualTo(Shape.of(3, 2));
      assertThat(run.floats(run.tf().dtypes.cast(plain, TFloat32.class)))
          .containsExactly(1, 0, 0, 0, 1, 1);
      assertThat(run.floats(run.tf().dtypes.cast(same, TFloat32.class))).containsOnly(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"12-5", "2-2-3-5", "1-12-5", "12-5-1"})
  void build_weightsInTheSameOrder_areTaken(String shape) {
    Network network = chain(map("a", 2, 2, 3), new Wiring.Dense(), new Layer("b", 5, 1));

    assertThat(masked(network, shape)).isEqualTo(Shape.of(12, 5));
  }

  @ParameterizedTest
  @CsvSource({"5-12", "60", "6-10", "5-2-2-3"})
  void build_weightsInAnotherOrder_areRefused(String shape) {
    Network network = chain(map("a", 2, 2, 3), new Wiring.Dense(), new Layer("b", 5, 1));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> masked(network, shape))
        .withMessage(
            "kernel of layer 'b': expected weights [12, 5] for what 'a' feeds, got "
                + shape(shape));
  }

  @ParameterizedTest
  @CsvSource({"3-3-4-2", "3-3-2-4-1", "4-2-3-3", "72"})
  void build_convolutionsWeightsInAnotherOrder_areRefused(String shape) {
    Wiring wiring = new Wiring.Convolution(Window.same(3, 1, 4, 4), 1);
    Network network = chain(map("a", 4, 4, 2), wiring, map("b", 4, 4, 4));

    assertThat(masked(network, "3-3-2-4")).isEqualTo(Shape.of(3, 3, 2, 4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> masked(network, shape))
        .withMessage(
            "kernel of layer 'b': expected weights [3, 3, 2, 4] for what 'a' feeds, got "
                + shape(shape));
  }

  @Test
  void transposed_noMatrix_isRefused() {
    try (GraphRun run = new GraphRun()) {
      Weight kernel = Weight.of(run.resource("k", Shape.of(1, 2, 1), 1, 1));
      assertThatIllegalArgumentException()
          .isThrownBy(kernel::transposed)
          .withMessage("variable 'k' must be a matrix to be used transposed, got [1, 2, 1]");
      Weight matrix = Weight.of(run.resource("m", Shape.of(5, 12), new float[60]));
      Network network = chain(map("a", 2, 2, 3), new Wiring.Dense(), new Layer("b", 5, 1));
      assertThat(KernelMasks.build(run.tf(), network, Map.of("b", matrix.transposed())).size())
          .isOne();
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  KernelMasks.build(
                      run.tf(), network, Map.of("b", matrix.transposed().transposed())))
          .withMessageEndingWith("got [5, 12]");
    }
  }

  private static Layer map(String name, long height, long width, long channels) {
    return new Layer(name, ImmutableList.of(height, width, channels), 1, Layer.Role.COUNTED);
  }

  private static Network chain(Layer from, Wiring wiring, Layer to) {
    MutableValueGraph<Layer, Wiring> graph = ValueGraphBuilder.directed().build();
    graph.putEdgeValue(from, to, wiring);
    return Network.of(graph);
  }

  private static Shape masked(Network network, String shape) {
    try (GraphRun run = new GraphRun()) {
      Weight kernel =
          Weight.of(run.resource("k", shape(shape), new float[(int) shape(shape).size()]));
      return KernelMasks.build(run.tf(), network, Map.of("b", kernel))
          .get("a", "b")
          .asOutput()
          .shape();
    }
  }

  private static Shape shape(String dimensions) {
    return Shape.of(
        Splitter.on('-').splitToStream(dimensions).mapToLong(Long::parseLong).toArray());
  }

  private static boolean isDepthwise(EndpointPair<Layer> edge, Wiring wiring) {
    return wiring instanceof Wiring.Convolution convolution
        && convolution.groups() > 1
        && convolution.groups() == edge.source().channels();
  }

  /* As TensorFlow shapes kernels. */
  private static Shape shape(EndpointPair<Layer> edge, Wiring wiring, int weights) {
    long in = edge.source().channels();
    long out = edge.target().channels();
    if (wiring instanceof Wiring.Convolution convolution) {
      Shape window = Shape.of(convolution.window().height(), convolution.window().width());
      return isDepthwise(edge, wiring)
          ? window.append(in).append(out / in)
          : window.append(in / convolution.groups()).append(out);
    }
    return wiring instanceof Wiring.PerPosition
        ? Shape.of(in, out)
        : Shape.of(weights / edge.target().units(), edge.target().units());
  }

  private static float[] values(int weights, BitSet kept, Random random) {
    float[] values = new float[weights];
    for (int i = 0; i < weights; i++) {
      float magnitude = 1e-30f + random.nextFloat();
      values[i] = kept.get(i) ? (random.nextBoolean() ? magnitude : -magnitude) : 0;
    }
    return values;
  }

  private static Map<String, UnitFlags> active(GraphRun run, WiredNetwork drawn) {
    Map<String, UnitFlags> active = new HashMap<>();
    for (Layer layer : drawn.network().layers()) {
      boolean[] flags = new boolean[(int) layer.units()];
      for (int unit = 0; unit < flags.length; unit++) {
        flags[unit] = drawn.active().get(layer.name()).get(unit);
      }
      Shape shape = Shape.of(layer.shape().stream().mapToLong(Long::longValue).toArray());
      active.put(
          layer.name(),
          new UnitFlags(
              run.tf().reshape(run.tf().constant(flags), run.tf().constant(shape.asArray()))));
    }
    return active;
  }
}
