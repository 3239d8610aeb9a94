package org.tfemergence.emergence.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfemergence.emergence.network.Wiring.Attention;
import org.tfemergence.emergence.network.Wiring.Attention.Reach;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.Dense;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.PerPosition;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.network.Wiring.Selection;
import org.tfemergence.emergence.testing.Connection;

final class WiresTest {
  @Test
  void forEach_dense_joinsAllWithRowMajorWeights() {
    assertThat(wires(layer(2), layer(3), new Dense()))
        .containsExactlyInAnyOrder(
            new Connection(0, 0, 0),
            new Connection(0, 1, 1),
            new Connection(0, 2, 2),
            new Connection(1, 0, 3),
            new Connection(1, 1, 4),
            new Connection(1, 2, 5));
  }

  @Test
  void forEach_denseBetweenMaps_joinsAllUnits() {
    requireDefinition(layer(2, 3, 2), layer(2, 2, 1), new Dense());
  }

  @Test
  void forEach_perPosition_joinsChannelsOfAPositionBySharedWeights() {
    // Two positions of two channels, one kernel of [2, 3].
    assertThat(wires(layer(2, 2), layer(2, 3), new PerPosition()))
        .containsExactlyInAnyOrder(
            new Connection(0, 0, 0),
            new Connection(0, 1, 1),
            new Connection(0, 2, 2),
            new Connection(1, 0, 3),
            new Connection(1, 1, 4),
            new Connection(1, 2, 5),
            new Connection(2, 3, 0),
            new Connection(2, 4, 1),
            new Connection(2, 5, 2),
            new Connection(3, 3, 3),
            new Connection(3, 4, 4),
            new Connection(3, 5, 5));
  }

  @Property(tries = 100)
  void forEach_perPositionOfAny_isAConvolutionByOnePixel(@ForAll long seed) {
    Random random = new Random(seed);
    Layer from = map(random, 4);
    Layer to = layer(from.shape().get(0), from.shape().get(1), 1L + random.nextInt(4));

    requireDefinition(from, to, new PerPosition());
    assertThat(wires(from, to, new PerPosition()))
        .containsExactlyInAnyOrderElementsOf(
            wires(from, to, new Convolution(Window.valid(1, 1), 1)));
  }

  @Test
  void forEach_perPositionOfOnePosition_isDense() {
    for (Layer from : List.of(layer(3), layer(1, 3), layer(1, 1, 3))) {
      List<Long> shape = new ArrayList<>(from.shape());
      shape.set(shape.size() - 1, 4L);
      Layer to = Layer.wiring("to", ImmutableList.copyOf(shape));

      assertThat(wires(from, to, new PerPosition()))
          .containsExactlyInAnyOrderElementsOf(wires(from, to, new Dense()));
    }
  }

  @Test
  void forEach_convolutionOfThreePixels_isAsDrawn() {
    // A row of three pixels, a kernel of two taps, one pixel of padding in front:
    // 0 a b c, windows (0 a), (a b), (b c).
    assertThat(
            wires(layer(1, 3, 1), layer(1, 3, 1), new Convolution(new Window(1, 2, 1, 1, 0, 1), 1)))
        .containsExactlyInAnyOrder(
            new Connection(0, 0, 1),
            new Connection(0, 1, 0),
            new Connection(1, 1, 1),
            new Connection(1, 2, 0),
            new Connection(2, 2, 1));
  }

  @Test
  void forEach_convolutionOfAnyStridePaddingAndKernel_followsTheDefinition() {
    Random random = new Random(5);
    int cases = 0;
    for (int kernel = 1; kernel <= 4; kernel++) {
      for (int stride = 1; stride <= 3; stride++) {
        for (int height = 1; height <= 7; height++) {
          int width = 1 + random.nextInt(7);
          int groups = 1 + random.nextInt(3);
          long in = groups * (1L + random.nextInt(2));
          long out = groups * (1L + random.nextInt(2));
          Layer from = layer(height, width, in);
          Window same = Window.same(kernel, stride, height, width);
          requireDefinition(
              from,
              layer((height + stride - 1) / stride, (width + stride - 1) / stride, out),
              new Convolution(same, groups));
          cases++;
          if (height >= kernel && width >= kernel) {
            requireDefinition(
                from,
                layer((height - kernel) / stride + 1, (width - kernel) / stride + 1, out),
                new Convolution(Window.valid(kernel, stride), groups));
            cases++;
          }
        }
      }
    }
    assertThat(cases).isGreaterThan(120);
  }

  @Property(tries = 300)
  void forEach_convolutionOfAnyWindow_followsTheDefinition(@ForAll long seed) {
    Random random = new Random(seed);
    Layer from = map(random, 4);
    Padded padded = Padded.draw(random, from);
    int groups = divisor(random, (int) from.channels());
    long out = groups * (1L + random.nextInt(3));

    requireDefinition(from, padded.outputs(out), new Convolution(padded.window(), groups));
  }

  @Property(tries = 100)
  void forEach_depthwiseConvolution_staysInItsChannel(@ForAll long seed) {
    Random random = new Random(seed);
    Layer from = map(random, 4);
    Padded padded = Padded.draw(random, from);
    int multiplier = 1 + random.nextInt(3);
    Layer to = padded.outputs(from.channels() * multiplier);
    Convolution depthwise = new Convolution(padded.window(), (int) from.channels());

    requireDefinition(from, to, depthwise);
    for (Connection connection : wires(from, to, depthwise)) {
      assertThat(connection.target() % to.channels() / multiplier)
          .isEqualTo(connection.source() % from.channels());
    }
  }

  @Property(tries = 200)
  void forEach_poolingOfAnyWindow_followsTheDefinition(@ForAll long seed) {
    Random random = new Random(seed);
    Layer from = map(random, 3);
    Padded padded = Padded.draw(random, from);

    requireDefinition(from, padded.outputs(from.channels()), new Pooling(padded.window()));
  }

  @Test
  void forEach_globalPooling_gathersEachChannel() {
    assertThat(wires(layer(2, 2, 2), layer(1, 1, 2), new Pooling(Window.valid(2, 1))))
        .containsExactlyInAnyOrder(
            new Connection(0, 0, -1),
            new Connection(2, 0, -1),
            new Connection(4, 0, -1),
            new Connection(6, 0, -1),
            new Connection(1, 1, -1),
            new Connection(3, 1, -1),
            new Connection(5, 1, -1),
            new Connection(7, 1, -1));
  }

  @Test
  void forEach_windowsWithGaps_leavesSomeUnitsUnconnected() {
    List<Connection> wires =
        wires(layer(5, 1, 1), layer(2, 1, 1), new Convolution(new Window(1, 1, 3, 1, 0, 0), 1));

    assertThat(wires).containsExactly(new Connection(0, 0, 0), new Connection(3, 1, 0));
  }

  @Test
  void forEach_oneToOneOfEqualShapes_isTheIdentity() {
    List<Connection> wires = wires(layer(2, 3, 2), layer(2, 3, 2), new OneToOne(0));

    assertThat(wires).hasSize(12).allMatch(one -> one.source() == one.target());
    assertThat(wires).allMatch(one -> one.weight() == -1);
  }

  @Test
  void forEach_flattening_keepsRowMajorOrder() {
    Layer from = layer(2, 3, 4);
    List<Connection> wires = wires(from, layer(24), new OneToOne(0));

    int next = 0;
    for (int y = 0; y < 2; y++) {
      for (int x = 0; x < 3; x++) {
        for (int c = 0; c < 4; c++) {
          assertThat(wires).contains(new Connection(y * 3 * 4 + x * 4 + c, next, -1));
          next++;
        }
      }
    }
    assertThat(wires).hasSize(next);
    requireDefinition(layer(24), from, new OneToOne(0));
  }

  @Test
  void forEach_concatenation_putsTheSecondBehindTheFirst() {
    // Two positions; a has channels 0-1, b channels 2-4 of five.
    Layer a = layer(1, 2, 2);
    Layer b = layer(1, 2, 3);
    Layer both = layer(1, 2, 5);

    assertThat(wires(a, both, new OneToOne(0)))
        .containsExactlyInAnyOrder(
            new Connection(0, 0, -1),
            new Connection(1, 1, -1),
            new Connection(2, 5, -1),
            new Connection(3, 6, -1));
    assertThat(wires(b, both, new OneToOne(2)))
        .containsExactlyInAnyOrder(
            new Connection(0, 2, -1),
            new Connection(1, 3, -1),
            new Connection(2, 4, -1),
            new Connection(3, 7, -1),
            new Connection(4, 8, -1),
            new Connection(5, 9, -1));
  }

  @Property(tries = 200)
  void forEach_concatenationOfAny_fillsEachUnitOnce(@ForAll long seed) {
    Random random = new Random(seed);
    long height = 1L + random.nextInt(3);
    long width = 1L + random.nextInt(3);
    List<Layer> parts = new ArrayList<>();
    long channels = 0;
    int size = 2 + random.nextInt(3);
    for (int i = 0; i < size; i++) {
      long more = 1L + random.nextInt(3);
      parts.add(layer(height, width, more));
      channels += more;
    }
    Layer all = layer(height, width, channels);
    List<Integer> filled = new ArrayList<>();
    long offset = 0;
    for (Layer part : parts) {
      requireDefinition(part, all, new OneToOne(offset));
      wires(part, all, new OneToOne(offset)).forEach(one -> filled.add(one.target()));
      offset += part.channels();
    }

    assertThat(filled).doesNotHaveDuplicates().hasSize((int) all.units());
  }

  /* Of three positions of two channels, the last two. */
  @Test
  void forEach_selectionOfPositions_isAsDrawn() {
    assertThat(wires(layer(3, 2), layer(2, 2), new Selection(0, 1, 2)))
        .containsExactlyInAnyOrder(
            new Connection(2, 0, -1),
            new Connection(3, 1, -1),
            new Connection(4, 2, -1),
            new Connection(5, 3, -1));
  }

  @Property(tries = 100)
  void forEach_selectionOfAny_followsTheDefinition(@ForAll long seed) {
    Random random = new Random(seed);
    Layer from = map(random, 4);
    int axis = random.nextInt(3);
    int start = random.nextInt(from.shape().get(axis).intValue());
    List<Long> part = new ArrayList<>(from.shape());
    part.set(axis, 1L + random.nextInt(from.shape().get(axis).intValue() - start));

    requireDefinition(from, layer(Longs.toArray(part)), new Selection(axis, start, part.get(axis)));
  }

  @Test
  void forEach_attentionOfOneHead_isAsDrawn() {
    Layer sequence = layer(2, 1);

    assertThat(wires(sequence, sequence, new Attention(1, Reach.ALL)))
        .containsExactlyInAnyOrder(
            new Connection(0, 0, -1),
            new Connection(0, 1, -1),
            new Connection(1, 0, -1),
            new Connection(1, 1, -1));
    // The second position may look back at the first, not the first ahead.
    assertThat(wires(sequence, sequence, new Attention(1, Reach.CAUSAL)))
        .containsExactlyInAnyOrder(
            new Connection(0, 0, -1), new Connection(0, 1, -1), new Connection(1, 1, -1));
    assertThat(wires(sequence, sequence, new Attention(1, Reach.SELF)))
        .containsExactlyInAnyOrder(new Connection(0, 0, -1), new Connection(1, 1, -1));
  }

  @ParameterizedTest
  @EnumSource(Reach.class)
  void forEach_attentionOfAnyHeads_followsTheDefinition(Reach reach) {
    Random random = new Random(6);
    for (int round = 0; round < 60; round++) {
      int heads = 1 + random.nextInt(3);
      long positions = 1L + random.nextInt(5);
      long others = reach == Reach.ALL ? 1L + random.nextInt(5) : positions;

      requireDefinition(
          layer(positions, heads * (1L + random.nextInt(3))),
          layer(others, heads * (1L + random.nextInt(3))),
          new Attention(heads, reach));
    }
  }

  @Test
  void kernel_ofEachWiring_isAsLargeAsItsWeights() {
    Layer map = layer(4, 4, 6);
    Wiring convolution = new Convolution(new Window(3, 2, 1, 1, 1, 0), 2);

    requireKernel(layer(4, 3), layer(5), new Dense(), 12L, 5L);
    requireKernel(layer(4, 3), layer(4, 5), new PerPosition(), 3L, 5L);
    requireKernel(map, layer(4, 3, 4), convolution, 3L, 2L, 3L, 4L);
    assertThat(new Wires(map, map, new OneToOne(0)).kernel()).isEmpty();
    assertThat(new Wires(map, map, new Pooling(Window.valid(1, 1))).kernel()).isEmpty();
  }

  /* Each weight of the kernel serves some connection, and no connection has one beyond it. */
  private static void requireKernel(Layer from, Layer to, Wiring wiring, Long... shape) {
    List<Long> kernel = new Wires(from, to, wiring).kernel().orElseThrow();
    int size = kernel.stream().mapToInt(Long::intValue).reduce(1, (a, b) -> a * b);

    assertThat(kernel).containsExactly(shape);
    assertThat(wires(from, to, wiring).stream().map(Connection::weight).distinct().sorted())
        .containsExactlyElementsOf(IntStream.range(0, size).boxed().toList());
  }

  @ParameterizedTest
  @MethodSource("unsuited")
  void create_shapesDoNotSuit_isRefused(
      ImmutableList<Long> from, ImmutableList<Long> to, Wiring wiring, String expected) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new Wires(Layer.wiring("source", from), Layer.wiring("target", to), wiring))
        .withMessage(
            "%s from 'source' %s to 'target' %s: expected %s"
                .formatted(wiring, from, to, expected));
  }

  static Stream<Arguments> unsuited() {
    String units = "as many units, or as many positions and room for the channels";
    String places = "the same dimensions before the last";
    String maps = "shapes of [height, width, channels]";
    String sequences = "shapes of [positions, width]";
    Window pixel = Window.valid(1, 1);
    Window behind = new Window(2, 2, 1, 1, 2, 0);
    Window beside = new Window(2, 2, 1, 1, 0, 3);
    Window pair = Window.valid(2, 2);
    return Stream.of(
        refused(shape(4), shape(3), new OneToOne(0), units),
        refused(shape(2, 2, 2), shape(2, 2, 1), new OneToOne(0), units),
        refused(shape(2, 2, 2), shape(2, 1, 4), new OneToOne(1), units),
        refused(shape(2, 2, 2), shape(2, 2, 5), new OneToOne(4), units),
        refused(shape(2, 2, 2), shape(2, 2, 2), new OneToOne(1), units),
        refused(shape(2, 2, 2), shape(2, 3, 5), new OneToOne(0), units),
        refused(shape(4, 2), shape(1, 2), new Selection(2, 0, 1), "an axis of the layer"),
        refused(shape(4, 2), shape(2, 2), new Selection(0, 3, 2), "a part of the layer"),
        refused(shape(4, 2), shape(3, 2), new Selection(0, 1, 2), "a target of shape [2, 2]"),
        refused(shape(4, 2), shape(3, 2), new PerPosition(), places),
        refused(shape(4, 2), shape(2, 2, 2), new PerPosition(), places),
        refused(shape(2, 3, 2), shape(3, 2, 2), new PerPosition(), places),
        refused(shape(4), shape(4, 2), new PerPosition(), places),
        refused(shape(8), shape(2, 2, 2), new Convolution(pixel, 1), maps),
        refused(shape(2, 2, 2), shape(8), new Convolution(pixel, 1), maps),
        refused(shape(4, 2), shape(4, 2), new Pooling(pixel), maps),
        refused(shape(2, 2, 2), shape(2, 4), new Pooling(pixel), maps),
        refused(
            shape(2, 2, 3),
            shape(2, 2, 4),
            new Convolution(pixel, 2),
            "channels that divide into 2 groups"),
        refused(
            shape(2, 2, 4),
            shape(2, 2, 3),
            new Convolution(pixel, 2),
            "channels that divide into 2 groups"),
        refused(shape(2, 2, 2), shape(2, 2, 4), new Pooling(pixel), "as many channels"),
        refused(shape(4, 4, 1), shape(3, 2, 1), new Convolution(pair, 1), touching(pair)),
        refused(shape(4, 4, 1), shape(2, 3, 1), new Convolution(pair, 1), touching(pair)),
        refused(shape(4, 4, 1), shape(2, 3, 1), new Pooling(pair), touching(pair)),
        refused(shape(4, 4, 1), shape(4, 3, 1), new Convolution(behind, 1), touching(behind)),
        refused(shape(4, 4, 1), shape(3, 4, 1), new Pooling(beside), touching(beside)),
        refused(shape(4, 4, 1), shape(5, 4, 1), new Pooling(pixel), touching(pixel)),
        refused(shape(4, 4, 1), shape(4, 5, 1), new Pooling(pixel), touching(pixel)),
        refused(shape(4), shape(2, 2), new Attention(1, Reach.ALL), sequences),
        refused(shape(2, 2), shape(1, 2, 2), new Attention(1, Reach.ALL), sequences),
        refused(
            shape(2, 3),
            shape(2, 4),
            new Attention(2, Reach.ALL),
            "widths that divide into 2 heads"),
        refused(
            shape(2, 4),
            shape(2, 3),
            new Attention(2, Reach.ALL),
            "widths that divide into 2 heads"),
        refused(shape(2, 4), shape(3, 4), new Attention(2, Reach.CAUSAL), "as many positions"),
        refused(shape(3, 4), shape(2, 4), new Attention(2, Reach.SELF), "as many positions"));
  }

  private static String touching(Window window) {
    return "an output whose windows " + window + " all touch the input";
  }

  private static Arguments refused(
      ImmutableList<Long> from, ImmutableList<Long> to, Wiring wiring, String expected) {
    return Arguments.of(from, to, wiring, expected);
  }

  /** A window with an explicit padding, and how many positions it has. */
  record Padded(Window window, long rows, long columns) {
    static Padded draw(Random random, Layer from) {
      int height = 1 + random.nextInt(4);
      int width = 1 + random.nextInt(4);
      Window window =
          new Window(
              height,
              width,
              1 + random.nextInt(3),
              1 + random.nextInt(3),
              random.nextInt(height),
              random.nextInt(width));
      return new Padded(
          window,
          positions(random, from.shape().get(0), window.strideHeight(), window.top()),
          positions(random, from.shape().get(1), window.strideWidth(), window.left()));
    }

    Layer outputs(long channels) {
      return layer(rows, columns, channels);
    }

    /* The last window begins inside the input. */
    private static long positions(Random random, long input, int stride, int before) {
      return 1L + random.nextInt((int) ((before + input - 1) / stride) + 1);
    }
  }

  static void requireDefinition(Layer from, Layer to, Wiring wiring) {
    assertThat(wires(from, to, wiring))
        .as("%s from %s to %s", wiring, from.shape(), to.shape())
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(Connection.define(from, to, wiring));
  }

  /** Lists what {@link Wires} tells of. */
  static List<Connection> wires(Layer from, Layer to, Wiring wiring) {
    Wires wires = new Wires(from, to, wiring);
    List<Connection> all = new ArrayList<>();
    for (int unit = 0; unit < from.units(); unit++) {
      int source = unit;
      wires.forEach(unit, (target, weight) -> all.add(new Connection(source, target, weight)));
    }
    return all;
  }

  static Layer layer(long... dimensions) {
    return Layer.wiring("layer", shape(dimensions));
  }

  static ImmutableList<Long> shape(long... dimensions) {
    ImmutableList.Builder<Long> shape = ImmutableList.builder();
    for (long dimension : dimensions) {
      shape.add(dimension);
    }
    return shape.build();
  }

  static Layer map(Random random, int mostChannels) {
    return layer(1L + random.nextInt(6), 1L + random.nextInt(6), 1L + random.nextInt(mostChannels));
  }

  static int divisor(Random random, int number) {
    List<Integer> divisors = new ArrayList<>();
    for (int i = 1; i <= number; i++) {
      if (number % i == 0) {
        divisors.add(i);
      }
    }
    return divisors.get(random.nextInt(divisors.size()));
  }
}
