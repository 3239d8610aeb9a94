package org.tfemergence.emergence.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.measure.ExactEmergence.Connections;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Layer.Role;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.testing.PathEnumeration;
import org.tfemergence.emergence.testing.RandomNetwork;
import org.tfemergence.emergence.testing.WiredNetwork;

final class ExactEmergenceTest {
  private static final ExactEmergence ANY = new ExactEmergence(Passing.ANY_UNIT);
  private static final ExactEmergence ACTIVE = new ExactEmergence(Passing.ACTIVE_UNITS);

  @Provide
  Arbitrary<RandomNetwork> dense() {
    return Arbitraries.longs().map(seed -> RandomNetwork.dag(new Random(seed), 6, 4));
  }

  @Provide
  Arbitrary<WiredNetwork> wired() {
    return Arbitraries.longs().map(seed -> WiredNetwork.draw(new Random(seed)));
  }

  @Property(tries = 200)
  void explain_anyNetwork_addsUpToE(@ForAll("wired") WiredNetwork drawn) {
    for (ExactEmergence exact : List.of(ANY, ACTIVE)) {
      List<LayerEmergence.Contribution> contributions =
          exact.explain(drawn.network(), drawn.activity(), drawn.connections());
      BigInteger sum =
          contributions.stream()
              .map(LayerEmergence.Contribution::paths)
              .reduce(BigInteger.ZERO, BigInteger::add);
      assertThat(contributions)
          .isSortedAccordingTo(Comparator.comparing(LayerEmergence.Contribution::paths).reversed());
      assertThat(new Emergence(sum))
          .isEqualTo(exact.measure(drawn.network(), drawn.activity(), drawn.connections()));
    }
  }

  /*
   * What is concatenated with itself: by counts the layers are joined, once; over single connections
   * each unit has one by either half of the kernel.
   */
  @Test
  void measure_layerJoinedByTwoWays_countsEachConnection_andEachPairOfLayersOnce() {
    Layer h = new Layer("h", 2, 1);
    Layer first = Layer.wiring("first", ImmutableList.of(2L));
    Layer second = Layer.wiring("second", ImmutableList.of(2L));
    Layer both = Layer.wiring("both", ImmutableList.of(4L));
    Layer out = new Layer("out", 1, 1);
    MutableValueGraph<Layer, Wiring> graph = ValueGraphBuilder.directed().build();
    graph.putEdgeValue(h, first, new Wiring.OneToOne(0));
    graph.putEdgeValue(h, second, new Wiring.OneToOne(0));
    graph.putEdgeValue(first, both, new Wiring.OneToOne(0));
    graph.putEdgeValue(second, both, new Wiring.OneToOne(2));
    graph.putEdgeValue(both, out, new Wiring.Dense());
    Network network = Network.of(graph);
    BitSet active = new BitSet();
    active.set(0);
    UnitActivity activity =
        UnitActivity.of(Map.of("h", 2, "out", 1), Map.of("h", new BitSet(), "out", active), 1);

    assertThat(
            new ExactEmergence(Passing.ANY_UNIT)
                .measure(network, activity, (from, to, weight) -> true)
                .paths())
        .isEqualTo(4);
    assertThat(LayerEmergence.PUBLISHED.measure(network, activity.counts()).paths()).isEqualTo(2);
  }

  @Test
  void explain_denseChain_equalsTheFormulasTerms() {
    Random random = new Random(3);
    List<Layer> layers = new ArrayList<>();
    Map<String, Integer> units = new LinkedHashMap<>();
    Map<String, BitSet> active = new HashMap<>();
    for (int i = 0; i < 5; i++) {
      layers.add(new Layer("layer_" + i, 3 + i, 1));
      BitSet bits = new BitSet();
      for (int unit = 0; unit < 3 + i; unit++) {
        bits.set(unit, random.nextBoolean());
      }
      units.put("layer_" + i, 3 + i);
      active.put("layer_" + i, bits);
    }
    Network network = Network.chain(layers);
    UnitActivity activity = UnitActivity.of(units, active, 1);

    assertThat(ANY.explain(network, activity, Connections.ALL))
        .containsExactlyInAnyOrderElementsOf(
            LayerEmergence.PUBLISHED.explain(network, activity.counts()));
    assertThat(ACTIVE.explain(network, activity, Connections.ALL))
        .containsExactlyInAnyOrderElementsOf(
            LayerEmergence.STRICT.explain(network, activity.counts()));
  }

  @Test
  void name_ofEither_tellsWhatMayPass() {
    assertThat(ANY.name()).isEqualTo("exact");
    assertThat(ACTIVE.name()).isEqualTo("exact_strict");
  }

  @ParameterizedTest
  @EnumSource(Passing.class)
  void measure_randomNetworks_countsEveryPath(Passing passing) {
    Set<Class<?>> wirings = new HashSet<>();
    int walked = 0;
    int positive = 0;
    int pruned = 0;
    int tooMany = 0;
    for (long seed = 0; walked < 600; seed++) {
      WiredNetwork drawn = WiredNetwork.draw(new Random(seed));
      OptionalLong paths = drawn.walk(passing, 300_000);
      if (paths.isEmpty()) {
        tooMany++;
        continue;
      }
      walked++;
      assertThat(measure(passing, drawn))
          .as("seed %d: %s", seed, drawn.wiring())
          .isEqualTo(BigInteger.valueOf(paths.getAsLong()));
      drawn
          .wiring()
          .edges()
          .forEach(edge -> wirings.add(drawn.wiring().edgeValue(edge).orElseThrow().getClass()));
      positive += paths.getAsLong() > 0 ? 1 : 0;
      Emergence whole =
          new ExactEmergence(passing).measure(drawn.network(), drawn.activity(), Connections.ALL);
      pruned += whole.paths().equals(BigInteger.valueOf(paths.getAsLong())) ? 0 : 1;
    }

    // The draw is worth something only if it comes to all of this.
    assertThat(wirings).hasSize(7);
    assertThat(positive).isGreaterThan(300);
    assertThat(pruned).isGreaterThan(100);
    assertThat(tooMany).isLessThan(300);
  }

  @Property(tries = 300)
  void measure_unprunedDenseNetwork_isLayerEmergence(@ForAll("dense") RandomNetwork drawn) {
    UnitActivity activity = activity(drawn);

    assertThat(ANY.measure(drawn.network(), activity, Connections.ALL))
        .isEqualTo(LayerEmergence.PUBLISHED.measure(drawn.network(), drawn.counts()));
    assertThat(ACTIVE.measure(drawn.network(), activity, Connections.ALL))
        .isEqualTo(LayerEmergence.STRICT.measure(drawn.network(), drawn.counts()));
    assertThat(ANY.measure(drawn.network(), activity, Connections.ALL).paths())
        .isEqualTo(BigInteger.valueOf(PathEnumeration.published(drawn)));
  }

  @Test
  void measure_deepDenseChain_isLayerEmergenceBeyondLong() {
    Random random = new Random(1);
    for (int round = 0; round < 5; round++) {
      List<Layer> layers = new ArrayList<>();
      Map<String, Integer> units = new HashMap<>();
      Map<String, BitSet> active = new HashMap<>();
      for (int i = 0; i < 60; i++) {
        Layer layer = new Layer("layer" + i, 2 + random.nextInt(20), 0);
        layers.add(layer);
        units.put(layer.name(), (int) layer.units());
        BitSet bits = bits(random, (int) layer.units(), 0.5);
        bits.set(0);
        bits.clear(1);
        active.put(layer.name(), bits);
      }
      Network network = Network.chain(layers);
      List<LayerActivity> counts = new ArrayList<>();
      for (Layer layer : layers) {
        counts.add(
            new LayerActivity(
                layer.name(), layer.units(), active.get(layer.name()).cardinality(), 0));
      }
      ActivityCounts inOrder = new ActivityCounts(ImmutableList.copyOf(counts), 1);
      UnitActivity activity = UnitActivity.of(units, active, 1);
      Emergence any = ANY.measure(network, activity, Connections.ALL);

      assertThat(any.paths()).isGreaterThan(BigInteger.ONE.shiftLeft(100));
      assertThat(any).isEqualTo(LayerEmergence.PUBLISHED.measure(network, inOrder));
      assertThat(ACTIVE.measure(network, activity, Connections.ALL))
          .isEqualTo(LayerEmergence.STRICT.measure(network, inOrder));
    }
  }

  @Property(tries = 200)
  void measure_allOrNoneActive_isZero(@ForAll("wired") WiredNetwork drawn) {
    for (Passing passing : Passing.values()) {
      assertThat(measure(passing, drawn.withActive(true))).isZero();
      assertThat(measure(passing, drawn.withActive(false))).isZero();
    }
  }

  @Property(tries = 200)
  void measure_moreConnectionsOrFreerPassing_isNotLess(@ForAll("wired") WiredNetwork drawn) {
    BigInteger any = measure(Passing.ANY_UNIT, drawn);
    BigInteger active = measure(Passing.ACTIVE_UNITS, drawn);

    assertThat(any).isGreaterThanOrEqualTo(active);
    assertThat(ANY.measure(drawn.network(), drawn.activity(), Connections.ALL).paths())
        .isGreaterThanOrEqualTo(any);
    assertThat(ACTIVE.measure(drawn.network(), drawn.activity(), Connections.ALL).paths())
        .isGreaterThanOrEqualTo(active);
  }

  @Test
  void measure_oneWeightPruned_losesItsPaths() {
    // a0, a1 -> b0, b1 -> c0; a1, b0 and c0 are active; the weight from a0 to b1 is pruned.
    Layer a = new Layer("a", 2, 0);
    Layer b = new Layer("b", 2, 4);
    Layer c = new Layer("c", 1, 2);
    Network network = Network.chain(List.of(a, b, c));
    UnitActivity activity =
        activity(Map.of("a", 2, "b", 2, "c", 1), Map.of("a", on(1), "b", on(0), "c", on(0)));
    Connections pruned = (from, to, weight) -> !(to.equals(b) && weight == 1);

    // Inactive are a0 and b1. Whole: a0-b0, a0-b0-c0, a0-b1-c0, b1-c0.
    assertThat(ANY.measure(network, activity, Connections.ALL).paths()).isEqualTo(4);
    assertThat(ACTIVE.measure(network, activity, Connections.ALL).paths()).isEqualTo(3);
    assertThat(ANY.measure(network, activity, pruned).paths()).isEqualTo(3);
    assertThat(ACTIVE.measure(network, activity, pruned).paths()).isEqualTo(3);
  }

  @Test
  void measure_residualAdd_countsBranchAndSkip() {
    // first (2) -> branch (2) dense, both added, the sum -> out (1).
    Layer first = new Layer("first", 2, 0);
    Layer branch = new Layer("branch", 2, 0);
    Layer add = Layer.wiring("add", ImmutableList.of(2L));
    Layer out = new Layer("out", 1, 0);
    MutableValueGraph<Layer, Wiring> wiring = ValueGraphBuilder.directed().build();
    wiring.putEdgeValue(first, branch, new Dense());
    wiring.putEdgeValue(first, add, new OneToOne(0));
    wiring.putEdgeValue(branch, add, new OneToOne(0));
    wiring.putEdgeValue(add, out, new Dense());
    Map<String, Integer> units = Map.of("first", 2, "branch", 2, "out", 1);
    UnitActivity activity = activity(units, Map.of("first", on(1), "branch", on(0), "out", on(0)));

    // first0: branch0, branch0-out, branch1-out, out by the skip; branch1: out.
    assertThat(ANY.measure(Network.of(wiring), activity, Connections.ALL).paths()).isEqualTo(5);
    assertThat(ACTIVE.measure(Network.of(wiring), activity, Connections.ALL).paths()).isEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(Passing.class)
  void measure_channelsPermuted_staysTheSame(Passing passing) {
    Random random = new Random(2);
    int positive = 0;
    for (int round = 0; round < 60; round++) {
      Residual drawn = Residual.draw(random);
      List<Integer> order = new ArrayList<>();
      for (int c = 0; c < drawn.channels; c++) {
        order.add(c);
      }
      Collections.shuffle(order, random);
      BigInteger before = drawn.measure(passing);

      assertThat(drawn.permuted(order).measure(passing)).as("order %s", order).isEqualTo(before);
      positive += before.signum();
    }
    assertThat(positive).isGreaterThan(30);
  }

  @Test
  void measure_connectionsAsked_areThoseOfKernelsOnly() {
    Residual drawn = Residual.draw(new Random(3));
    Set<String> asked = new HashSet<>();
    Network network = drawn.network();

    ANY.measure(network, drawn.activity(), (from, to, weight) -> asked.add(to.name()));

    assertThat(asked).containsExactlyInAnyOrder("branch", "out");
  }

  @Test
  void measure_layerWithoutActivity_isRefused() {
    Network network = Network.chain(List.of(new Layer("a", 2, 0), new Layer("b", 1, 0)));

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ANY.measure(network, activity(Map.of("a", 2), Map.of("a", on())), Connections.ALL))
        .withMessage("no activity of layer 'b', only of [a]");
  }

  @Test
  void measure_activityOfOtherSize_isRefused() {
    Network network = Network.chain(List.of(new Layer("a", 2, 0), new Layer("b", 3, 0)));

    for (int units : new int[] {2, 4}) {
      UnitActivity activity = activity(Map.of("a", 2, "b", units), Map.of("a", on(), "b", on()));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ANY.measure(network, activity, Connections.ALL))
          .withMessage("layer 'b': the network has 3 units, the activity " + units);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ANY.explain(network, activity, Connections.ALL))
          .withMessage("layer 'b': the network has 3 units, the activity " + units);
    }
  }

  @Test
  void measure_moreWeightsThanAnIntCounts_isRefused() {
    Network network = Network.chain(List.of(new Layer("a", 70_000, 0), new Layer("b", 70_000, 0)));
    UnitActivity activity =
        activity(Map.of("a", 70_000, "b", 70_000), Map.of("a", on(), "b", on()));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ANY.measure(network, activity, Connections.ALL))
        .withMessage(
            "the kernel from 'a' to 'b' must have less than 2^31 weights, got [70000, 70000]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ANY.explain(network, activity, Connections.ALL))
        .withMessageContaining("less than 2^31 weights");
  }

  /* By hand: of b's three units the middle one was padding; neither a path's end nor on its way. */
  @Test
  void measure_padding_isNoUnit() {
    Network network =
        Network.chain(List.of(new Layer("a", 2, 0), new Layer("b", 3, 0), new Layer("c", 2, 0)));
    UnitActivity all =
        activity(Map.of("a", 2, "b", 3, "c", 2), Map.of("a", on(0), "b", on(0), "c", on(0, 1)));
    UnitActivity padded = all.withPadding(Map.of("b", on(1)));

    // From a's second: 1 ending in b, 2 each over b's units; from b's inactive units 2 each.
    assertThat(ANY.measure(network, all, Connections.ALL).paths()).isEqualTo(1 + 6 + 4);
    assertThat(ANY.measure(network, padded, Connections.ALL).paths()).isEqualTo(1 + 4 + 2);
    assertThat(ACTIVE.measure(network, padded, Connections.ALL).paths()).isEqualTo(1 + 2 + 2);
    assertThat(padded.counts().layers().get(1).units()).isEqualTo(2);
  }

  private static BigInteger measure(Passing passing, WiredNetwork drawn) {
    return new ExactEmergence(passing)
        .measure(drawn.network(), drawn.activity(), drawn.connections())
        .paths();
  }

  private static UnitActivity activity(RandomNetwork drawn) {
    Map<String, Integer> units = new HashMap<>();
    Map<String, BitSet> active = new HashMap<>();
    drawn
        .active()
        .forEach(
            (layer, on) -> {
              BitSet bits = new BitSet();
              for (int i = 0; i < on.length; i++) {
                bits.set(i, on[i]);
              }
              units.put(layer, on.length);
              active.put(layer, bits);
            });
    return UnitActivity.of(units, active, 1);
  }

  private static UnitActivity activity(Map<String, Integer> units, Map<String, BitSet> active) {
    return UnitActivity.of(units, active, 1);
  }

  private static BitSet on(int... units) {
    BitSet bits = new BitSet();
    for (int unit : units) {
      bits.set(unit);
    }
    return bits;
  }

  private static BitSet bits(Random random, int size, double share) {
    BitSet bits = new BitSet();
    for (int i = 0; i < size; i++) {
      bits.set(i, random.nextDouble() < share);
    }
    return bits;
  }

  /**
   * A convolution around which a skip goes, pooled, flattened, and a dense layer: "first" [h, w,
   * c], "branch" 3 x 3 on it, their sum, "out" of 3 units.
   */
  private record Residual(
      int height,
      int width,
      int channels,
      BitSet first,
      BitSet branch,
      BitSet out,
      BitSet branchKernel,
      BitSet outKernel) {
    private static final int OUT = 3;

    static Residual draw(Random random) {
      int height = 2 + random.nextInt(3);
      int width = 2 + random.nextInt(3);
      int channels = 2 + random.nextInt(4);
      int units = height * width * channels;
      int pooled = height / 2 * (width / 2) * channels;
      return new Residual(
          height,
          width,
          channels,
          bits(random, units, 0.4),
          bits(random, units, 0.4),
          bits(random, OUT, 0.7),
          bits(random, 9 * channels * channels, 0.5),
          bits(random, pooled * OUT, 0.5));
    }

    /* Moves channel c to order[c], everywhere. */
    Residual permuted(List<Integer> order) {
      BitSet kernel = new BitSet();
      for (int tap = 0; tap < 9; tap++) {
        for (int in = 0; in < channels; in++) {
          for (int filter = 0; filter < channels; filter++) {
            kernel.set(
                (tap * channels + order.get(in)) * channels + order.get(filter),
                branchKernel.get((tap * channels + in) * channels + filter));
          }
        }
      }
      BitSet dense = new BitSet();
      for (int position = 0; position < height / 2 * (width / 2); position++) {
        for (int c = 0; c < channels; c++) {
          for (int o = 0; o < OUT; o++) {
            dense.set(
                (position * channels + order.get(c)) * OUT + o,
                outKernel.get((position * channels + c) * OUT + o));
          }
        }
      }
      return new Residual(
          height,
          width,
          channels,
          permuted(first, order),
          permuted(branch, order),
          out,
          kernel,
          dense);
    }

    private BitSet permuted(BitSet units, List<Integer> order) {
      BitSet moved = new BitSet();
      for (int unit = 0; unit < height * width * channels; unit++) {
        moved.set(unit / channels * channels + order.get(unit % channels), units.get(unit));
      }
      return moved;
    }

    Network network() {
      ImmutableList<Long> shape = ImmutableList.of((long) height, (long) width, (long) channels);
      ImmutableList<Long> half = ImmutableList.of(height / 2L, width / 2L, (long) channels);
      Layer source = new Layer("first", shape, 0, Role.COUNTED);
      Layer conv = new Layer("branch", shape, 0, Role.COUNTED);
      Layer add = Layer.wiring("add", shape);
      Layer pool = Layer.wiring("pool", half);
      Layer flat = Layer.wiring("flat", ImmutableList.of(height / 2L * (width / 2L) * channels));
      MutableValueGraph<Layer, Wiring> wiring = ValueGraphBuilder.directed().build();
      wiring.putEdgeValue(source, conv, new Convolution(Window.same(3, 1, height, width), 1));
      wiring.putEdgeValue(source, add, new OneToOne(0));
      wiring.putEdgeValue(conv, add, new OneToOne(0));
      wiring.putEdgeValue(add, pool, new Pooling(Window.valid(2, 2)));
      wiring.putEdgeValue(pool, flat, new OneToOne(0));
      wiring.putEdgeValue(flat, new Layer("out", OUT, 0), new Dense());
      return Network.of(wiring);
    }

    UnitActivity activity() {
      int units = height * width * channels;
      return UnitActivity.of(
          Map.of("first", units, "branch", units, "out", OUT),
          Map.of("first", first, "branch", branch, "out", out),
          1);
    }

    BigInteger measure(Passing passing) {
      Connections kept =
          (from, to, weight) ->
              to.name().equals("branch") ? branchKernel.get(weight) : outKernel.get(weight);
      return new ExactEmergence(passing).measure(network(), activity(), kept).paths();
    }
  }
}
