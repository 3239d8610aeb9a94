package org.tfemergence.emergence.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.graph.ElementOrder;
import com.google.common.graph.EndpointPair;
import com.google.common.graph.ImmutableValueGraph;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.measure.ExactEmergence.Connections;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Layer.Role;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.PerPosition;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.network.Wiring.Selection;

/**
 * A network of layers wired in any way, with a verdict for each unit and a mask for each kernel.
 *
 * @param wiring the layers and how they are wired
 * @param active per counted layer's name which of its units are active
 * @param kept per edge which weights are not pruned
 */
public record WiredNetwork(
    ImmutableValueGraph<Layer, Wiring> wiring,
    ImmutableMap<String, BitSet> active,
    ImmutableMap<EndpointPair<Layer>, BitSet> kept) {
  /**
   * Draws a small network of dense layers (of all or per position), convolutions, pooling, skips,
   * parts of layers, attention.
   */
  public static WiredNetwork draw(Random random) {
    return new Drawing(random).draw();
  }

  /** Returns the network. */
  public Network network() {
    return Network.of(wiring);
  }

  /** Returns which units are active. */
  public UnitActivity activity() {
    Map<String, Integer> units = new HashMap<>();
    for (Layer layer : wiring.nodes()) {
      if (layer.counted()) {
        units.put(layer.name(), (int) layer.units());
      }
    }
    return UnitActivity.of(units, active, 1);
  }

  /** Returns which weights are not pruned. */
  public Connections connections() {
    return (from, to, weight) -> kept.get(EndpointPair.ordered(from, to)).get(weight);
  }

  /** Returns the same network with other units active: all of them, or none. */
  public WiredNetwork withActive(boolean all) {
    ImmutableMap.Builder<String, BitSet> changed = ImmutableMap.builder();
    for (Layer layer : wiring.nodes()) {
      if (layer.counted()) {
        BitSet bits = new BitSet();
        bits.set(0, all ? (int) layer.units() : 0);
        changed.put(layer.name(), bits);
      }
    }
    return new WiredNetwork(wiring, changed.buildOrThrow(), kept);
  }

  /**
   * Counts the paths from inactive to active units by following each, connection by connection.
   *
   * @param budget how many connections may be followed
   * @return the number of paths, or nothing if there are too many
   */
  public OptionalLong walk(Passing passing, long budget) {
    return new Walk(this, passing, budget).count();
  }

  /** Returns the number of weights of an edge. */
  public static int weights(Layer from, Layer to, Wiring wiring) {
    if (wiring instanceof Dense) {
      return (int) (from.units() * to.units());
    }
    if (wiring instanceof PerPosition) {
      return (int) (from.channels() * to.channels());
    }
    if (wiring instanceof Convolution convolution) {
      return convolution.window().height()
          * convolution.window().width()
          * (int) (from.channels() / convolution.groups() * to.channels());
    }
    return 0;
  }

  /** Follows every path, depth first. */
  private static final class Walk {
    private final WiredNetwork network;
    private final Passing passing;
    private final Map<Layer, List<List<Step>>> steps = new HashMap<>();
    private long left;

    Walk(WiredNetwork network, Passing passing, long budget) {
      this.network = network;
      this.passing = passing;
      left = budget;
      for (Layer layer : network.wiring.nodes()) {
        List<List<Step>> ofUnits = new ArrayList<>();
        for (int unit = 0; unit < layer.units(); unit++) {
          ofUnits.add(new ArrayList<>());
        }
        steps.put(layer, ofUnits);
      }
      for (EndpointPair<Layer> edge : network.wiring.edges()) {
        Wiring wiring = network.wiring.edgeValue(edge).orElseThrow();
        for (Connection one : Connection.define(edge.source(), edge.target(), wiring)) {
          if (one.weight() == -1 || network.kept.get(edge).get(one.weight())) {
            steps.get(edge.source()).get(one.source()).add(new Step(edge.target(), one.target()));
          }
        }
      }
    }

    OptionalLong count() {
      long paths = 0;
      for (Layer layer : network.wiring.nodes()) {
        for (int unit = 0; layer.counted() && unit < layer.units(); unit++) {
          if (!network.active.get(layer.name()).get(unit)) {
            paths += from(layer, unit);
          }
        }
      }
      return left < 0 ? OptionalLong.empty() : OptionalLong.of(paths);
    }

    private long from(Layer layer, int unit) {
      long paths = 0;
      for (Step step : steps.get(layer).get(unit)) {
        if (--left < 0) {
          return 0;
        }
        if (!step.to.counted()) {
          paths += from(step.to, step.unit);
        } else if (network.active.get(step.to.name()).get(step.unit)) {
          paths += 1 + from(step.to, step.unit);
        } else if (passing == Passing.ANY_UNIT) {
          paths += from(step.to, step.unit);
        }
      }
      return paths;
    }
  }

  private record Step(Layer to, int unit) {}

  private record Edge(Layer from, Layer to, Wiring wiring) {}

  /** Draws layer after layer, each fed by some before it. */
  private static final class Drawing {
    private final Random random;
    private final List<Layer> layers = new ArrayList<>();
    private final List<Edge> edges = new ArrayList<>();

    Drawing(Random random) {
      this.random = random;
    }

    WiredNetwork draw() {
      add(
          switch (random.nextInt(4)) {
            case 0 -> shape(upTo(4));
            case 1 -> shape(upTo(3), 2L * upTo(2));
            default -> shape(upTo(4), upTo(4), upTo(3));
          },
          Role.COUNTED);
      int blocks = 1 + random.nextInt(5);
      while (blocks > 0) {
        if (block(layers.get(layers.size() - 1 - random.nextInt(Math.min(3, layers.size()))))) {
          blocks--;
        }
      }
      if (random.nextInt(4) > 0) {
        feed(layers.get(layers.size() - 1), add(shape(upTo(3)), Role.COUNTED), new Dense());
      }
      return build();
    }

    private boolean block(Layer from) {
      return switch (random.nextInt(11)) {
        case 0, 1 -> isMap(from) && convolution(from);
        case 2 -> isMap(from) && pooling(from);
        case 3, 4 -> residual(from);
        case 5 -> concatenation(from);
        case 6, 7 -> from.shape().size() == 2 && attention(from);
        case 8 -> from.shape().size() > 1 && perPosition(from);
        case 9 -> selection(from);
        default -> reshapeOrDense(from);
      };
    }

    private boolean convolution(Layer from) {
      int groups = divisor((int) from.channels());
      Window window = window(from);
      Layer to = add(outputs(from, window, groups * (long) upTo(2)), Role.COUNTED);
      return feed(from, to, new Convolution(window, groups));
    }

    private boolean pooling(Layer from) {
      Window window = window(from);
      Layer to = add(outputs(from, window, from.channels()), Role.WIRING);
      return feed(from, to, new Pooling(window));
    }

    /* A branch of one layer, and what it branches from, added up; or a layer fed by both. */
    private boolean residual(Layer from) {
      Layer branch = add(from.shape(), Role.COUNTED);
      if (isMap(from)) {
        long height = from.shape().get(0);
        Window window = Window.same(upTo(3), 1, height, from.shape().get(1));
        feed(from, branch, new Convolution(window, divisor((int) from.channels())));
      } else {
        feed(from, branch, new Dense());
      }
      Layer sum = add(from.shape(), random.nextInt(4) == 0 ? Role.COUNTED : Role.WIRING);
      feed(branch, sum, new OneToOne(0));
      return feed(from, sum, new OneToOne(0));
    }

    private boolean concatenation(Layer first) {
      Layer second = layers.get(random.nextInt(layers.size()));
      ImmutableList<Long> positions = first.shape().subList(0, first.shape().size() - 1);
      if (second.equals(first)
          || second.shape().size() != first.shape().size()
          || !second.shape().subList(0, positions.size()).equals(positions)) {
        return false;
      }
      Layer both =
          add(
              ImmutableList.<Long>builder()
                  .addAll(positions)
                  .add(first.channels() + second.channels())
                  .build(),
              Role.WIRING);
      feed(first, both, new OneToOne(0));
      return feed(second, both, new OneToOne(first.channels()));
    }

    private boolean attention(Layer from) {
      int heads = divisor((int) from.channels());
      Attention.Reach reach = List.of(Attention.Reach.values()).get(random.nextInt(3));
      long positions = reach == Attention.Reach.ALL ? upTo(3) : from.shape().get(0);
      Layer to =
          add(
              shape(positions, (long) heads * upTo(2)),
              random.nextBoolean() ? Role.COUNTED : Role.WIRING);
      return feed(from, to, new Attention(heads, reach));
    }

    private boolean selection(Layer from) {
      int axis = random.nextInt(from.shape().size());
      int size = from.shape().get(axis).intValue();
      int start = random.nextInt(size);
      List<Long> part = new ArrayList<>(from.shape());
      part.set(axis, (long) upTo(size - start));
      Layer to = add(ImmutableList.copyOf(part), Role.WIRING);
      return feed(from, to, new Selection(axis, start, part.get(axis)));
    }

    private boolean perPosition(Layer from) {
      ImmutableList<Long> shape =
          ImmutableList.<Long>builder()
              .addAll(from.shape().subList(0, from.shape().size() - 1))
              .add((long) upTo(3))
              .build();
      return feed(from, add(shape, Role.COUNTED), new PerPosition());
    }

    private boolean reshapeOrDense(Layer from) {
      if (random.nextBoolean()) {
        return feed(from, add(shape(upTo(3)), Role.COUNTED), new Dense());
      }
      ImmutableList<Long> flat =
          isMap(from) && random.nextBoolean()
              ? shape(from.shape().get(0) * from.shape().get(1), from.channels())
              : shape(from.units());
      return feed(from, add(flat, Role.WIRING), new OneToOne(0));
    }

    private Window window(Layer from) {
      int size = upTo(3);
      int stride = upTo(2);
      long height = from.shape().get(0);
      long width = from.shape().get(1);
      if (random.nextBoolean() || size > height || size > width) {
        return Window.same(size, stride, height, width);
      }
      return random.nextBoolean()
          ? Window.valid(size, stride)
          : new Window(size, upTo(2), stride, upTo(2), random.nextInt(size), 0);
    }

    /* Some padding behind, if only as much as there is before. */
    private ImmutableList<Long> outputs(Layer from, Window window, long channels) {
      return shape(
          positions(from.shape().get(0), window.height(), window.strideHeight(), window.top()),
          positions(from.shape().get(1), window.width(), window.strideWidth(), window.left()),
          channels);
    }

    private long positions(long input, int size, int stride, int before) {
      long fewest = Math.max(0, input + before - size) / stride + 1;
      long most = (input + before - 1) / stride + 1;
      return random.nextBoolean() ? fewest : Math.min(most, fewest + 1);
    }

    private WiredNetwork build() {
      Collections.shuffle(layers, random);
      Collections.shuffle(edges, random);
      MutableValueGraph<Layer, Wiring> graph =
          ValueGraphBuilder.directed().nodeOrder(ElementOrder.insertion()).build();
      layers.forEach(graph::addNode);
      ImmutableMap.Builder<EndpointPair<Layer>, BitSet> kept = ImmutableMap.builder();
      double density = random.nextBoolean() ? 1 : random.nextDouble();
      for (Edge edge : edges) {
        graph.putEdgeValue(edge.from, edge.to, edge.wiring);
        kept.put(
            EndpointPair.ordered(edge.from, edge.to),
            bits(weights(edge.from, edge.to, edge.wiring), density));
      }
      ImmutableMap.Builder<String, BitSet> active = ImmutableMap.builder();
      double share = random.nextDouble();
      for (Layer layer : layers) {
        if (layer.counted()) {
          active.put(layer.name(), bits((int) layer.units(), share));
        }
      }
      return new WiredNetwork(
          ImmutableValueGraph.copyOf(graph), active.buildOrThrow(), kept.buildOrThrow());
    }

    private BitSet bits(int size, double share) {
      BitSet bits = new BitSet();
      for (int i = 0; i < size; i++) {
        bits.set(i, random.nextDouble() < share);
      }
      return bits;
    }

    private Layer add(ImmutableList<Long> shape, Role role) {
      Layer layer = new Layer("layer" + layers.size(), shape, 0, role);
      layers.add(layer);
      return layer;
    }

    private boolean feed(Layer from, Layer to, Wiring wiring) {
      return edges.add(new Edge(from, to, wiring));
    }

    private int divisor(int number) {
      int divisor = upTo(number);
      return number % divisor == 0 ? divisor : 1;
    }

    private int upTo(int most) {
      return 1 + random.nextInt(most);
    }

    private static boolean isMap(Layer layer) {
      return layer.shape().size() == 3;
    }

    private static ImmutableList<Long> shape(long... dimensions) {
      ImmutableList.Builder<Long> shape = ImmutableList.builder();
      for (long dimension : dimensions) {
        shape.add(dimension);
      }
      return shape.build();
    }
  }
}
