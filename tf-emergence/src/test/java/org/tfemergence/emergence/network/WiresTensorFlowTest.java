package org.tfemergence.emergence.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Wiring.Convolution;
import org.tfemergence.emergence.network.Wiring.OneToOne;
import org.tfemergence.emergence.network.Wiring.PerPosition;
import org.tfemergence.emergence.network.Wiring.Pooling;
import org.tfemergence.emergence.testing.Connection;
import org.tfemergence.emergence.testing.GraphRun;

/**
 * Wires against TensorFlow: each unit of the input is set to one alone, as one example of a batch,
 * and each weight of the kernel is its index plus one; so what comes out at a unit tells whether it
 * is connected, and by which weight.
 */
final class WiresTensorFlowTest {
  private static final String[] PADDINGS = {"SAME", "VALID", "EXPLICIT"};
  private GraphRun run;

  @BeforeEach
  void open() {
    run = new GraphRun();
  }

  @AfterEach
  void close() {
    run.close();
  }

  @Test
  void convolution_randomCases_isTensorFlows() {
    Random random = new Random(11);
    List<Case> cases = new ArrayList<>();
    while (cases.size() < 120) {
      Drawn drawn = Drawn.of(random, PADDINGS[cases.size() % 3], true);
      Window window = drawn.window;
      int groups = cases.size() % 2 == 0 ? 1 : WiresTest.divisor(random, drawn.channels);
      int out = groups * (1 + random.nextInt(3));
      Shape kernel = Shape.of(window.height(), window.width(), (long) drawn.channels / groups, out);
      List<Long> strides =
          List.of(1L, (long) window.strideHeight(), (long) window.strideWidth(), 1L);
      Operand<TFloat32> output =
          drawn.padding.equals("EXPLICIT")
              ? run.tf()
                  .nn
                  .conv2d(
                      drawn.oneHot(run),
                      counting(kernel),
                      strides,
                      drawn.padding,
                      Conv2d.explicitPaddings(drawn.paddings()))
              : run.tf().nn.conv2d(drawn.oneHot(run), counting(kernel), strides, drawn.padding);
      cases.add(new Case(drawn.from(), output, new Convolution(window, groups)));
    }
    cases.forEach(one -> requireSameAsTensorFlow(one, true));
  }

  @Test
  void depthwiseConvolution_randomCases_isTensorFlows() {
    Random random = new Random(12);
    List<Case> cases = new ArrayList<>();
    while (cases.size() < 60) {
      Drawn drawn = Drawn.of(random, PADDINGS[cases.size() % 2], false);
      Window window = drawn.window;
      Shape kernel =
          Shape.of(window.height(), window.width(), drawn.channels, 1 + random.nextInt(3));
      Operand<TFloat32> output =
          run.tf()
              .nn
              .depthwiseConv2dNative(
                  drawn.oneHot(run),
                  counting(kernel),
                  List.of(1L, (long) window.strideHeight(), (long) window.strideWidth(), 1L),
                  drawn.padding);
      cases.add(new Case(drawn.from(), output, new Convolution(window, drawn.channels)));
    }
    cases.forEach(one -> requireSameAsTensorFlow(one, true));
  }

  @Test
  void pooling_randomCases_isTensorFlows() {
    Random random = new Random(13);
    List<Case> cases = new ArrayList<>();
    while (cases.size() < 80) {
      Drawn drawn = Drawn.of(random, PADDINGS[cases.size() % 2], true);
      Window window = drawn.window;
      Operand<TFloat32> output =
          run.tf()
              .nn
              .maxPool(
                  drawn.oneHot(run),
                  run.tf().constant(new int[] {1, window.height(), window.width(), 1}),
                  run.tf().constant(new int[] {1, window.strideHeight(), window.strideWidth(), 1}),
                  drawn.padding);
      cases.add(new Case(drawn.from(), output, new Pooling(window)));
    }
    cases.forEach(one -> requireSameAsTensorFlow(one, false));
  }

  @Test
  void perPosition_randomCases_isTensorFlows() {
    Random random = new Random(14);
    List<Case> cases = new ArrayList<>();
    while (cases.size() < 40) {
      Drawn drawn = Drawn.of(random, "VALID", true);
      int in = drawn.channels;
      int out = 1 + random.nextInt(4);
      Layer map = drawn.from();
      Layer from =
          cases.size() % 2 == 0 ? map : WiresTest.layer((long) drawn.height * drawn.width, in);
      Operand<TFloat32> rows = run.tf().reshape(drawn.oneHot(run), run.tf().array(-1, in));
      Operand<TFloat32> product = run.tf().linalg.matMul(rows, counting(Shape.of(in, out)));
      int units = (int) from.units();
      Operand<TFloat32> output =
          from.equals(map)
              ? run.tf().reshape(product, run.tf().array(units, drawn.height, drawn.width, out))
              : run.tf().reshape(product, run.tf().array(units, units / in, out));
      cases.add(new Case(from, output, new PerPosition()));
    }
    cases.forEach(one -> requireSameAsTensorFlow(one, true));
  }

  @Test
  void globalPooling_ofMaps_isTensorFlows() {
    for (Drawn drawn :
        List.of(
            new Drawn(Window.all(3, 4), "VALID", 3, 4, 2, 0, 0),
            new Drawn(Window.all(5, 1), "VALID", 5, 1, 3, 0, 0))) {
      Operand<TFloat32> output =
          run.tf().reduceMax(drawn.oneHot(run), run.tf().array(1, 2), ReduceMax.keepDims(true));

      requireSameAsTensorFlow(new Case(drawn.from(), output, new Pooling(drawn.window)), false);
    }
  }

  /* A sequence is a map of one column: reshaped, pooled, and its one position left out. */
  @Test
  void meanOverPositions_inThreeSteps_isTensorFlows() {
    Layer sequence = WiresTest.layer(4, 3);
    Layer map = WiresTest.layer(4, 1, 3);
    Layer pooled = WiresTest.layer(1, 1, 3);
    Layer mean = WiresTest.layer(3);
    Operand<TFloat32> input =
        run.tf()
            .reshape(
                new Drawn(Window.all(4, 1), "VALID", 4, 1, 3, 0, 0).oneHot(run),
                run.tf().array(12, 4, 3));
    float[] values = run.floats(run.tf().math.mean(input, run.tf().array(1)));
    List<Connection> expected = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      if (values[i] != 0) {
        expected.add(new Connection(i / 3, i % 3, -1));
      }
    }

    List<Connection> joined = new ArrayList<>();
    for (Connection first : WiresTest.wires(sequence, map, new OneToOne(0))) {
      for (Connection second : WiresTest.wires(map, pooled, new Pooling(Window.all(4, 1)))) {
        for (Connection third : WiresTest.wires(pooled, mean, new OneToOne(0))) {
          if (first.target() == second.source() && second.target() == third.source()) {
            joined.add(new Connection(first.source(), third.target(), -1));
          }
        }
      }
    }

    assertThat(expected).hasSize(12);
    assertThat(joined).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void same_allSmallCases_isTensorFlows() {
    List<Case> cases = new ArrayList<>();
    for (int size = 1; size <= 4; size++) {
      for (int stride = 1; stride <= 3; stride++) {
        for (int height = 1; height <= 6; height++) {
          int width = (height * 5 + size) % 7 + 1;
          Window window = Window.same(size, stride, height, width);
          Drawn drawn = new Drawn(window, "SAME", height, width, 1, 0, 0);
          Operand<TFloat32> output =
              run.tf()
                  .nn
                  .conv2d(
                      drawn.oneHot(run),
                      counting(Shape.of(size, size, 1, 1)),
                      List.of(1L, (long) stride, (long) stride, 1L),
                      "SAME");
          cases.add(new Case(drawn.from(), output, new Convolution(window, 1)));
        }
      }
    }
    cases.forEach(one -> requireSameAsTensorFlow(one, true));
  }

  @Test
  void concatenation_ofMaps_isTensorFlows() {
    Drawn first = new Drawn(Window.valid(1, 1), "VALID", 2, 3, 2, 0, 0);
    Drawn second = new Drawn(Window.valid(1, 1), "VALID", 2, 3, 3, 0, 0);
    Operand<TFloat32> zeros = run.constant(Shape.of(18, 2, 3, 2), new float[18 * 12]);
    Operand<TFloat32> output =
        run.tf().concat(List.of(zeros, second.oneHot(run)), run.tf().constant(-1));
    Operand<TFloat32> zerosBehind = run.constant(Shape.of(12, 2, 3, 3), new float[12 * 18]);
    Operand<TFloat32> outputBehind =
        run.tf().concat(List.of(first.oneHot(run), zerosBehind), run.tf().constant(-1));

    requireSameAsTensorFlow(new Case(second.from(), output, new OneToOne(2)), false);
    requireSameAsTensorFlow(new Case(first.from(), outputBehind, new OneToOne(0)), false);
  }

  @Test
  void selection_alongAnyAxis_isTensorFlows() {
    Drawn drawn = new Drawn(Window.valid(1, 1), "VALID", 3, 4, 5, 0, 0);
    for (int axis = 0; axis < 3; axis++) {
      int[] begin = new int[4];
      int[] size = {-1, -1, -1, -1};
      begin[axis + 1] = 1;
      size[axis + 1] = 2;
      Operand<TFloat32> output =
          run.tf().slice(drawn.oneHot(run), run.tf().array(begin), run.tf().array(size));

      requireSameAsTensorFlow(
          new Case(drawn.from(), output, new Wiring.Selection(axis, 1, 2)), false);
    }
  }

  @Test
  void flattening_ofMap_isTensorFlows() {
    Drawn drawn = new Drawn(Window.valid(1, 1), "VALID", 3, 2, 4, 0, 0);
    Operand<TFloat32> output =
        run.tf().reshape(drawn.oneHot(run), run.tf().constant(new int[] {24, 24}));

    requireSameAsTensorFlow(new Case(drawn.from(), output, new OneToOne(0)), false);
  }

  private void requireSameAsTensorFlow(Case one, boolean weighted) {
    Shape shape = one.output.shape();
    Layer to = WiresTest.layer(shape.takeLast(shape.numDimensions() - 1).asArray());
    float[] values = run.floats(one.output);
    List<Connection> expected = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      if (values[i] != 0) {
        int units = (int) to.units();
        expected.add(
            new Connection(i / units, i % units, weighted ? Math.round(values[i]) - 1 : -1));
      }
    }

    assertThat(expected).isNotEmpty();
    assertThat(WiresTest.wires(one.from, to, one.wiring))
        .as("%s from %s to %s", one.wiring, one.from.shape(), to.shape())
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  private Operand<TFloat32> counting(Shape shape) {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i + 1;
    }
    return run.constant(shape, values);
  }

  private record Case(Layer from, Operand<TFloat32> output, Wiring wiring) {}

  /** An input, and a window with TensorFlow's name for its padding. */
  private record Drawn(
      Window window, String padding, int height, int width, int channels, int bottom, int right) {
    static Drawn of(Random random, String padding, boolean stridesDiffer) {
      int rows = 1 + random.nextInt(4);
      int columns = 1 + random.nextInt(4);
      boolean valid = padding.equals("VALID");
      int height = (valid ? rows : 1) + random.nextInt(6);
      int width = (valid ? columns : 1) + random.nextInt(6);
      int down = 1 + random.nextInt(3);
      int across = stridesDiffer ? 1 + random.nextInt(3) : down;
      int channels = 1 + random.nextInt(4);
      if (valid) {
        Window window = new Window(rows, columns, down, across, 0, 0);
        return new Drawn(window, padding, height, width, channels, 0, 0);
      }
      if (padding.equals("SAME")) {
        // Rows and columns apart: the factory knows square windows only.
        Window window =
            new Window(
                rows,
                columns,
                down,
                across,
                Window.same(rows, down, height, width).top(),
                Window.same(columns, across, height, width).left());
        return new Drawn(window, padding, height, width, channels, 0, 0);
      }
      Window window =
          new Window(rows, columns, down, across, random.nextInt(rows), random.nextInt(columns));
      int bottom = Math.max(random.nextInt(rows), rows - height - window.top());
      int right = Math.max(random.nextInt(columns), columns - width - window.left());
      return new Drawn(window, padding, height, width, channels, bottom, right);
    }

    Layer from() {
      return WiresTest.layer(height, width, channels);
    }

    Long[] paddings() {
      return new Long[] {
        0L, 0L, (long) window.top(), (long) bottom, (long) window.left(), (long) right, 0L, 0L
      };
    }

    Operand<TFloat32> oneHot(GraphRun run) {
      int units = height * width * channels;
      float[] values = new float[units * units];
      for (int i = 0; i < units; i++) {
        values[i * units + i] = 1;
      }
      return run.constant(Shape.of(units, height, width, channels), values);
    }
  }
}
