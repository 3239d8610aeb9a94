package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.HashBasedTable;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableTable;
import com.google.common.collect.MoreCollectors;
import com.google.common.collect.Table;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import com.google.common.primitives.Ints;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TBool;
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.emergence.testing.GraphRun;

final class ConnectivitySweepTest {
  private final Random random = new Random(5);

  @ParameterizedTest
  @EnumSource
  void build_randomNetworks_equalsTheReference(Passing passing) {
    for (int round = 0; round < 60; round++) {
      Case drawn = new Case(vision(), random.nextInt(3), random);
      drawn.requireSweepEqualsReference(passing);
    }
  }

  @ParameterizedTest
  @EnumSource
  void build_transformer_equalsTheReference(Passing passing) {
    for (int round = 0; round < 20; round++) {
      new Case(transformer(), random.nextInt(3), random).requireSweepEqualsReference(passing);
    }
  }

  @Test
  void build_unprunedDenseChain_equalsThePublishedFormula() {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      layers.add(new Layer("layer_" + i, 3 + random.nextInt(60), 1));
    }
    Case drawn = new Case(Network.chain(layers), 0, random);
    double expected =
        LayerEmergence.PUBLISHED.measure(drawn.network, drawn.activity.counts()).log10();
    assertThat(expected).isGreaterThan(200);
    assertThat(drawn.sweep(Passing.ANY_UNIT)).isCloseTo(expected, within(1e-12 * expected));
  }

  @Test
  void build_allActiveOrNone_isMinusInfinity() {
    Network network = vision();
    for (boolean active : new boolean[] {true, false}) {
      Case all = new Case(network, 0, random);
      all.activate(active);
      assertThat(all.sweep(Passing.ANY_UNIT)).isEqualTo(Double.NEGATIVE_INFINITY);
    }
  }

  @Test
  void build_singleLayer_isMinusInfinity() {
    Case single = new Case(Network.chain(List.of(new Layer("only", 4, 1))), 0, random);
    assertThat(single.sweep(Passing.ANY_UNIT)).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  /*
   * One unit leads to 60^230 paths, another only to its own end; what begins before them reaches the
   * second alone. Scaled by the first, the second would be nothing.
   */
  @Test
  void build_fewPathsBesideMore_thanADoubleHolds_areNotLost() {
    List<Layer> layers =
        new ArrayList<>(List.of(new Layer("before", 3, 1), new Layer("two", 2, 1)));
    for (int i = 0; i < 230; i++) {
      layers.add(new Layer("deep_" + i, 60, 1));
    }
    Case drawn = new Case(Network.chain(layers), 0, random);
    drawn.activate(true);
    drawn.setActive("before", 0, false);
    BitSet first = new BitSet();
    first.set(0); // the first of "two" feeds all of what is deep, the second nothing
    first.set(1, 60);
    drawn.masks.put("two", "deep_0", first);
    BitSet second = new BitSet();
    second.set(1); // "before" feeds only the second
    second.set(3);
    drawn.masks.put("before", "two", second);

    assertThat(drawn.sweep(Passing.ANY_UNIT)).isEqualTo(Math.log10(1));
    drawn.setActive("two", 0, false); // now there is all of it as well
    drawn.requireSweepEqualsReference(Passing.ANY_UNIT);
  }

  @ParameterizedTest
  @EnumSource
  void build_deepAndPruned_equalsTheReference(Passing passing) {
    for (int round = 0; round < 2; round++) {
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < 260; i++) {
        layers.add(new Layer("layer_" + i, 2 + random.nextInt(50), 1));
      }
      Case drawn = new Case(Network.chain(layers), 3, random);
      drawn.activate(true);
      for (int i = 0; i < 5; i++) {
        drawn.setActive("layer_" + random.nextInt(260), 0, false);
      }
      drawn.requireSweepEqualsReference(passing);
    }
  }

  @Test
  void build_twiceTheLayers_addsTwiceTheOperations() {
    int[] operations = new int[3];
    for (int i = 0; i < 3; i++) {
      List<Layer> layers = new ArrayList<>();
      MutableValueGraph<Layer, Wiring> graph = ValueGraphBuilder.directed().build();
      for (int layer = 0; layer < 20 * (i + 1); layer++) {
        layers.add(new Layer("layer_" + layer, 2, 1));
        for (int before = 1; before <= Math.min(layer, 2); before++) { // with skips
          graph.putEdgeValue(layers.get(layer - before), layers.get(layer), new Wiring.Dense());
        }
      }
      try (GraphRun run = new GraphRun()) {
        Case drawn = new Case(Network.of(graph), 0, random);
        Map<String, UnitFlags> flags = drawn.flags(run);
        int before = run.operations();
        ConnectivitySweep.build(
            run.tf(), drawn.network, Passing.ANY_UNIT, flags, ImmutableTable.of());
        operations[i] = run.operations() - before;
      }
    }
    assertThat(operations[2] - operations[1]).isEqualTo(operations[1] - operations[0]);
  }

  /*
   * As float64 a mask is eight times as large: it is made when the sweep has come to it, not with
   * all others as soon as the run begins.
   */
  @Test
  void build_masks_waitForThePathsBehindThem() {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      layers.add(new Layer("layer_" + i, 3, 1));
    }
    try (GraphRun run = new GraphRun()) {
      Case drawn = new Case(Network.chain(layers), 3, random);
      ImmutableTable.Builder<String, String, Operand<TBool>> masks = ImmutableTable.builder();
      for (int i = 0; i < 4; i++) {
        masks.put(
            "layer_" + i,
            "layer_" + (i + 1),
            run.tf().withName("mask_" + i).constant(new boolean[3][3]));
      }
      Map<String, UnitFlags> flags = drawn.flags(run);
      ConnectivitySweep.build(
          run.tf(), drawn.network, Passing.ANY_UNIT, flags, masks.buildOrThrow());

      Map<String, NodeDef> nodes = new HashMap<>();
      run.graph().toGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
      for (int i = 0; i < 3; i++) { // the last mask is the first that the sweep needs
        NodeDef cast = reader(nodes, "mask_" + i);
        NodeDef before = reader(nodes, "mask_" + (i + 1));
        assertThat(cast.getOp()).isEqualTo("Cast");
        assertThat(ancestors(nodes, cast)).contains(before.getName());
      }
    }
  }

  private static NodeDef reader(Map<String, NodeDef> nodes, String name) {
    return nodes.values().stream()
        .filter(node -> node.getInputList().contains(name))
        .collect(MoreCollectors.onlyElement());
  }

  private static Set<String> ancestors(Map<String, NodeDef> nodes, NodeDef node) {
    Set<String> found = new HashSet<>();
    Deque<NodeDef> open = new ArrayDeque<>(List.of(node));
    while (!open.isEmpty()) {
      for (String input : open.pop().getInputList()) {
        String name = input.replaceFirst("^\\^", "").replaceFirst(":\\d+$", "");
        if (found.add(name)) {
          open.push(nodes.get(name));
        }
      }
    }
    return found;
  }

  @Test
  void build_maskThatFitsNoKernel_isRefused() {
    Network network = vision();
    try (GraphRun run = new GraphRun()) {
      Map<String, UnitFlags> flags = new Case(network, 0, random).flags(run);
      Operand<TBool> mask = run.tf().constant(new boolean[][] {{true, false, true}});

      assertThatIllegalArgumentException()
          .isThrownBy(() -> sweep(run, network, flags, "logits", "dense", mask))
          .withMessage("mask from 'logits' to 'dense': the one does not feed the other");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sweep(run, network, flags, "first", "add", mask))
          .withMessage("mask from 'first' to 'add': there is no kernel between them");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sweep(run, network, flags, "dense", "logits", mask))
          .withMessage("mask from 'dense' to 'logits' must be of shape [5, 3], got [1, 3]");
    }
  }

  @Test
  void build_flagsOfChannels_areRefused() {
    Network network = Network.chain(List.of(counted("a", 2, 2, 3), counted("b", 4)));
    try (GraphRun run = new GraphRun()) {
      UnitFlags channels = new UnitFlags(run.tf().constant(new boolean[3]));
      UnitFlags b = new UnitFlags(run.tf().constant(new boolean[4]));
      UnitFlags a =
          new UnitFlags(
              run.tf().constant(new boolean[2][2][3]),
              Optional.of(run.tf().constant(new boolean[3])));

      for (UnitFlags unfit : List.of(channels, a)) {
        assertThatIllegalArgumentException()
            .isThrownBy(
                () ->
                    ConnectivitySweep.build(
                        run.tf(),
                        network,
                        Passing.ANY_UNIT,
                        Map.of("a", unfit, "b", b),
                        ImmutableTable.of()))
            .withMessage("flags of layer 'a' must be of shape [2, 2, 3], got [3]");
      }
    }
  }

  private static void sweep(
      GraphRun run,
      Network network,
      Map<String, UnitFlags> flags,
      String from,
      String to,
      Operand<TBool> mask) {
    ConnectivitySweep.build(
        run.tf(), network, Passing.ANY_UNIT, flags, ImmutableTable.of(from, to, mask));
  }

  @Test
  void build_layerWithoutActivity_isRefused() {
    try (GraphRun run = new GraphRun()) {
      Network network = Network.chain(List.of(new Layer("a", 2, 1), new Layer("b", 2, 1)));
      Operand<TBool> active = run.tf().constant(new boolean[] {true, false});
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  ConnectivitySweep.build(
                      run.tf(),
                      network,
                      Passing.ANY_UNIT,
                      Map.of("a", new UnitFlags(active)),
                      ImmutableTable.of()))
          .withMessage("no activity of layer 'b', only of [a]");
    }
  }

  /**
   * Convolutions (grouped at times), a dense layer per position, a residual add, a gate of each
   * channel, a concatenation, pooling, dense layers.
   */
  private Network vision() {
    int height = 4 + random.nextInt(4);
    int width = 4 + random.nextInt(4);
    int groups = random.nextBoolean() ? 1 : 2;
    int channels = 4;
    Window same = Window.same(1 + random.nextInt(3), 1, height, width);
    Window pool = random.nextBoolean() ? Window.valid(2, 2) : Window.same(3, 2, height, width);
    long pooledHeight = pool.height() == 2 ? height / 2 : (height + 1) / 2;
    long pooledWidth = pool.height() == 2 ? width / 2 : (width + 1) / 2;
    Layer first = counted("first", height, width, channels);
    Layer branch = counted("branch", height, width, channels);
    Layer pixelwise = counted("pixelwise", height, width, channels);
    Layer add = Layer.wiring("add", first.shape());
    Layer squeezed = Layer.wiring("squeezed", shape(1, 1, channels));
    Layer gate = counted("gate", 1, 1, channels);
    Layer copies = Layer.wiring("copies", shape(1, (long) height * width, channels));
    Layer gated = Layer.wiring("gated", first.shape());
    Layer concat = Layer.wiring("concat", shape(height, width, 2L * channels));
    Layer pooled = Layer.wiring("pooled", shape(pooledHeight, pooledWidth, 2L * channels));
    Layer strided =
        counted("strided", (pooledHeight + 1) / 2, (pooledWidth + 1) / 2, 2L * channels);
    Layer flat = Layer.wiring("flat", shape(strided.units()));
    Layer dense = new Layer("dense", 5, 1);
    Layer logits = new Layer("logits", 3, 1);
    MutableValueGraph<Layer, Wiring> graph = ValueGraphBuilder.directed().build();
    graph.putEdgeValue(first, branch, new Wiring.Convolution(same, groups));
    graph.putEdgeValue(first, add, new Wiring.OneToOne(0));
    graph.putEdgeValue(branch, pixelwise, new Wiring.PerPosition());
    graph.putEdgeValue(pixelwise, add, new Wiring.OneToOne(0));
    graph.putEdgeValue(add, squeezed, new Wiring.Pooling(Window.all(height, width)));
    graph.putEdgeValue(squeezed, gate, new Wiring.PerPosition());
    graph.putEdgeValue(gate, copies, new Wiring.Pooling(Window.copies((long) height * width)));
    graph.putEdgeValue(add, gated, new Wiring.OneToOne(0));
    graph.putEdgeValue(copies, gated, new Wiring.OneToOne(0));
    graph.putEdgeValue(gated, concat, new Wiring.OneToOne(channels));
    graph.putEdgeValue(first, concat, new Wiring.OneToOne(0));
    graph.putEdgeValue(concat, pooled, new Wiring.Pooling(pool));
    graph.putEdgeValue(
        pooled,
        strided,
        new Wiring.Convolution(
            Window.same(3, 2, pooledHeight, pooledWidth), random.nextBoolean() ? 2 * channels : 1));
    graph.putEdgeValue(strided, flat, new Wiring.OneToOne(0));
    graph.putEdgeValue(flat, dense, new Wiring.Dense());
    graph.putEdgeValue(dense, logits, new Wiring.Dense());
    return Network.of(graph);
  }

  /**
   * A Transformer of one block each: the encoder looks at itself, the decoder at what it has said
   * and at the encoder, between different numbers of positions.
   */
  private Network transformer() {
    int heads = 1 + random.nextInt(2);
    Reach reach = random.nextBoolean() ? Reach.ALL : Reach.CAUSAL;
    MutableValueGraph<Layer, Wiring> graph = ValueGraphBuilder.directed().build();
    Layer source = counted("source_embedding", 2 + random.nextInt(3), 4);
    Layer target = counted("target_embedding", 1 + random.nextInt(4), 4);
    Layer encoded = attend(graph, "encoder", source, source, heads, reach);
    Layer said = attend(graph, "decoder", target, target, heads, Reach.CAUSAL);
    Layer crossed = attend(graph, "cross", said, encoded, heads, Reach.ALL);
    Layer wide = sequence("wide", crossed, 6);
    Layer logits = sequence("logits", wide, 3);
    graph.putEdgeValue(crossed, wide, new Wiring.PerPosition());
    graph.putEdgeValue(wide, logits, new Wiring.PerPosition());
    return Network.of(graph);
  }

  /* Queries, keys, values, context, projection, and the residual add of what looks. */
  private static Layer attend(
      MutableValueGraph<Layer, Wiring> graph,
      String name,
      Layer looking,
      Layer seen,
      int heads,
      Reach reach) {
    Layer query = sequence(name + "_query", looking, 4);
    Layer key = sequence(name + "_key", seen, 4);
    Layer value = sequence(name + "_value", seen, 4);
    Layer context = Layer.wiring(name + "_context", query.shape());
    Layer output = sequence(name + "_output", looking, 4);
    Layer add = Layer.wiring(name + "_add", looking.shape());
    graph.putEdgeValue(looking, query, new Wiring.PerPosition());
    graph.putEdgeValue(seen, key, new Wiring.PerPosition());
    graph.putEdgeValue(seen, value, new Wiring.PerPosition());
    graph.putEdgeValue(query, context, new Wiring.Attention(heads, Reach.SELF));
    graph.putEdgeValue(key, context, new Wiring.Attention(heads, reach));
    graph.putEdgeValue(value, context, new Wiring.Attention(heads, reach));
    graph.putEdgeValue(context, output, new Wiring.PerPosition());
    graph.putEdgeValue(output, add, new Wiring.OneToOne(0));
    graph.putEdgeValue(looking, add, new Wiring.OneToOne(0));
    return add;
  }

  private static Layer sequence(String name, Layer like, long width) {
    return counted(name, like.shape().get(0), width);
  }

  private static Layer counted(String name, long... dimensions) {
    return new Layer(name, shape(dimensions), 1, Layer.Role.COUNTED);
  }

  private static ImmutableList<Long> shape(long... dimensions) {
    ImmutableList.Builder<Long> shape = ImmutableList.builder();
    for (long dimension : dimensions) {
      shape.add(dimension);
    }
    return shape.build();
  }

  /** A network with drawn activity and drawn masks. */
  private static final class Case {
    final Network network;
    final Table<String, String, BitSet> masks = HashBasedTable.create();
    UnitActivity activity;

    Case(Network network, int pruned, Random random) {
      this.network = network;
      Map<String, Integer> units = new LinkedHashMap<>();
      Map<String, BitSet> active = new HashMap<>();
      for (Layer layer : network.layers()) {
        units.put(layer.name(), (int) layer.units());
        BitSet bits = new BitSet();
        for (int i = 0; i < layer.units(); i++) {
          bits.set(i, random.nextBoolean());
        }
        active.put(layer.name(), bits);
      }
      activity = UnitActivity.of(units, active, 1);
      for (Layer from : network.nodes()) {
        for (Layer to : network.targets(from)) {
          int[] kernel = kernel(network.wiring(from, to), from, to);
          if (kernel.length > 0 && random.nextInt(3) < pruned) {
            BitSet mask = new BitSet();
            int size = 1;
            for (int dimension : kernel) {
              size *= dimension;
            }
            for (int i = 0; i < size; i++) {
              mask.set(i, random.nextInt(3) > 0);
            }
            masks.put(from.name(), to.name(), mask);
          }
        }
      }
    }

    void setActive(String layer, int unit, boolean on) {
      Map<String, Integer> units = new LinkedHashMap<>();
      Map<String, BitSet> active = new HashMap<>();
      for (Layer each : network.layers()) {
        units.put(each.name(), (int) each.units());
        BitSet bits = new BitSet();
        for (int i = 0; i < each.units(); i++) {
          bits.set(i, activity.isActive(each.name(), i));
        }
        active.put(each.name(), bits);
      }
      active.get(layer).set(unit, on);
      activity = UnitActivity.of(units, active, 1);
    }

    void activate(boolean all) {
      Map<String, Integer> units = new LinkedHashMap<>();
      Map<String, BitSet> active = new HashMap<>();
      for (Layer layer : network.layers()) {
        units.put(layer.name(), (int) layer.units());
        BitSet bits = new BitSet();
        bits.set(0, (int) layer.units(), all);
        active.put(layer.name(), bits);
      }
      activity = UnitActivity.of(units, active, 1);
    }

    void requireSweepEqualsReference(Passing passing) {
      double expected =
          new ExactEmergence(passing)
              .measure(
                  network,
                  activity,
                  (from, to, weight) -> {
                    BitSet mask = masks.get(from.name(), to.name());
                    return mask == null || mask.get(weight);
                  })
              .log10();
      double sweep = sweep(passing);
      if (Double.isInfinite(expected)) {
        assertThat(sweep).isEqualTo(expected);
      } else {
        assertThat(sweep).isCloseTo(expected, within(1e-12 * Math.max(1, Math.abs(expected))));
      }
    }

    Map<String, UnitFlags> flags(GraphRun run) {
      Map<String, UnitFlags> active = new HashMap<>();
      for (Layer layer : network.layers()) {
        boolean[] flags = new boolean[(int) layer.units()];
        for (int i = 0; i < flags.length; i++) {
          flags[i] = activity.isActive(layer.name(), i);
        }
        active.put(
            layer.name(),
            new UnitFlags(
                run.tf()
                    .reshape(
                        run.tf().constant(flags), run.tf().constant(Ints.toArray(layer.shape())))));
      }
      return active;
    }

    double sweep(Passing passing) {
      try (GraphRun run = new GraphRun()) {
        Map<String, UnitFlags> active = flags(run);
        ImmutableTable.Builder<String, String, Operand<TBool>> kernels = ImmutableTable.builder();
        for (Layer from : network.nodes()) {
          for (Layer to : network.targets(from)) {
            BitSet mask = masks.get(from.name(), to.name());
            if (mask != null) {
              int[] shape = kernel(network.wiring(from, to), from, to);
              int size = 1;
              for (int dimension : shape) {
                size *= dimension;
              }
              boolean[] values = new boolean[size];
              for (int i = 0; i < size; i++) {
                values[i] = mask.get(i);
              }
              kernels.put(
                  from.name(),
                  to.name(),
                  run.tf().reshape(run.tf().constant(values), run.tf().constant(shape)));
            }
          }
        }
        return run.doubles(
                ConnectivitySweep.build(run.tf(), network, passing, active, kernels.build()))[0];
      }
    }

    /** The shape of the kernel of a wiring; empty if it has none. */
    private static int[] kernel(Wiring wiring, Layer from, Layer to) {
      if (wiring instanceof Wiring.Dense) {
        return new int[] {(int) from.units(), (int) to.units()};
      }
      if (wiring instanceof Wiring.PerPosition) {
        return new int[] {(int) from.channels(), (int) to.channels()};
      }
      if (wiring instanceof Wiring.Convolution convolution) {
        return new int[] {
          convolution.window().height(),
          convolution.window().width(),
          (int) from.channels() / convolution.groups(),
          (int) to.channels()
        };
      }
      return new int[0];
    }
  }
}
