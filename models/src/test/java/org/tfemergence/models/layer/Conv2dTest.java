package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.base.Splitter;
import com.google.common.collect.Streams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.testing.LayerProgram;
import org.tfemergence.models.testing.LayerProgram.Mode;
import org.tfemergence.models.testing.PlainDense;
import org.tfemergence.models.testing.PlainMaps;
import org.tfemergence.models.testing.PlainMaps.Grid;
import org.tfemergence.models.testing.PlainMaps.Maps;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

final class Conv2dTest {
  private static final int BATCH = 2;
  private static final BatchNorm NORM = new BatchNorm(0.8, 0.01);

  /** Maps of 5 x 4, whose windows are counted here by hand. */
  static List<Arguments> geometries() {
    Padding uneven = new Padding.Explicit(2, 0, 1, 1);
    Padding above = new Padding.Explicit(2, 0, 1, 0);
    return List.of(
        Arguments.of(Sliding.square(3, 1, Padding.SAME), new Grid(3, 3, 1, 1, 1, 1, 5, 4)),
        Arguments.of(Sliding.square(3, 1, Padding.VALID), new Grid(3, 3, 1, 1, 0, 0, 3, 2)),
        // SAME at stride 2: rows 0..4 have padding on both sides, columns 0..3 behind only.
        Arguments.of(Sliding.square(3, 2, Padding.SAME), new Grid(3, 3, 2, 2, 1, 0, 3, 2)),
        Arguments.of(Sliding.square(3, 2, Padding.around(1)), new Grid(3, 3, 2, 2, 1, 1, 3, 2)),
        Arguments.of(Sliding.square(1, 2, Padding.SAME), new Grid(1, 1, 2, 2, 0, 0, 3, 2)),
        Arguments.of(Sliding.square(2, 1, Padding.SAME), new Grid(2, 2, 1, 1, 0, 0, 5, 4)),
        Arguments.of(new Sliding(2, 3, 1, 2, Padding.VALID), new Grid(2, 3, 1, 2, 0, 0, 4, 1)),
        Arguments.of(new Sliding(3, 2, 2, 1, uneven), new Grid(3, 2, 2, 1, 2, 1, 3, 5)),
        // One row or column, of which the windows do not see all, see all, or see padding.
        Arguments.of(new Sliding(4, 2, 3, 1, Padding.VALID), new Grid(4, 2, 3, 1, 0, 0, 1, 3)),
        Arguments.of(new Sliding(2, 3, 1, 4, Padding.SAME), new Grid(2, 3, 1, 4, 0, 0, 5, 1)),
        Arguments.of(new Sliding(2, 5, 1, 4, Padding.SAME), new Grid(2, 5, 1, 4, 0, 0, 5, 1)),
        Arguments.of(new Sliding(3, 3, 1, 3, above), new Grid(3, 3, 1, 3, 2, 1, 5, 1)),
        Arguments.of(new Sliding(3, 3, 4, 3, Padding.VALID), new Grid(3, 3, 4, 3, 0, 0, 1, 1)));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void call_computesDefinition_andGradients(Sliding window, Grid grid) {
    check(layer(6, window, 1, Activation.LINEAR), 3, grid);
    check(layer(2, window, 1, Activation.LINEAR), 1, grid);
  }

  /** Six filters in groups of 4 channels; with as many groups as channels, it is depthwise. */
  @ParameterizedTest
  @MethodSource("geometries")
  void call_inGroups_computesDefinition_andGradients(Sliding window, Grid grid) {
    check(layer(6, window, 2, Activation.TANH), 4, grid);
    check(layer(8, window, 4, Activation.TANH), 4, grid);
  }

  /**
   * Where an output is one row or one column, a convolution of one channel at unequal strides is
   * computed from foreign memory by some processors, and whether that shows is luck.
   */
  @Test
  void call_oneRowOrColumn_reachesTensorFlowAtEqualStrides() {
    List<Output<?>> outputs = new ArrayList<>();
    List<Output<?>> by = new ArrayList<>();
    List<Output<?>> ones = new ArrayList<>();
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      Pass pass = Pass.inference(tf);
      for (int i = 0; i < 3 * 9 * 6 * 3; i++) {
        int[] place = {i % 3, i / 3 % 3, i / 9 % 3, i / 27 % 6, i / 162 % 3};
        Shape map = Shape.of(List.of(1, 4, 5).get(place[0]), List.of(1, 4, 5).get(place[1]), 4);
        int height = 1 + place[2];
        int width = List.of(2, 3, 1).get(place[2]);
        Padding padding =
            List.of(Padding.SAME, Padding.VALID, new Padding.Explicit(height - 1, 0, 0, width - 1))
                .get(place[4]);
        int strideHeight = 1 + place[3] / 2;
        int strideWidth = 1 + (strideHeight + place[3] % 2) % 3;
        Sliding window = new Sliding(height, width, strideHeight, strideWidth, padding);
        Conv2d layer =
            Conv2d.of("layer" + i, 8, 1, Activation.LINEAR)
                .withWindow(window)
                .withGroups(List.of(1, 2, 4).get(i % 3))
                .withBias(Bias.NONE);
        if (padding.equals(Padding.VALID) && (map.get(0) < height || map.get(1) < width)) {
          continue;
        }
        Operand<TFloat32> x =
            tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(2).append(map)));
        LayerSpec.Built built = layer.build(variables, Kaiming.normal(1), List.of(map));
        Value output = built.call(pass.within(layer.name()), List.of(Value.of(x))).output();
        Shape shape = output.floats().asOutput().shape();
        outputs.add(output.tensor().asOutput());
        ones.add(tf.fill(tf.constant(shape), tf.constant(1f)).asOutput());
        by.add(x.asOutput());
        by.add(built.kernel().orElseThrow().handle().asOutput());
      }
      run.graph()
          .addGradients(
              "gradients",
              outputs.toArray(new Output<?>[0]),
              by.toArray(new Output<?>[0]),
              ones.toArray(new Output<?>[0]));
      long narrow =
          run.graph().toGraphDef().getNodeList().stream()
              .filter(node -> node.getOp().contains("onv2"))
              .filter(node -> isNarrow(outputOf(run.graph(), node)))
              .peek(
                  node ->
                      assertThat(node.getAttrOrThrow("strides").getList().getI(1))
                          .as(node.getName())
                          .isEqualTo(node.getAttrOrThrow("strides").getList().getI(2)))
              .count();
      assertThat(narrow).isGreaterThan(3 * 200);
    }
  }

  /** In bfloat16 others are computed wrongly, or from foreign memory, on some processors. */
  @Test
  void call_inBfloat16_reachesTensorFlowWithEvenChannels_andSeveralFilters() {
    Sliding window = new Sliding(3, 2, 2, 3, Padding.SAME);
    for (int groups : new int[] {1, 3}) {
      for (int channels : new int[] {1, 2, 3}) {
        for (int filters : new int[] {1, 4}) {
          try (GraphRun run = new GraphRun()) {
            Shape map = Shape.of(6, 7, (long) groups * channels);
            LayerSpec.Built built =
                layer(groups * filters, window, groups, Activation.LINEAR)
                    .build(Variables.initialized(run.tf()), Kaiming.normal(1), List.of(map));
            Operand<TFloat32> x =
                run.tf().placeholder(TFloat32.class, Placeholder.shape(Shape.of(2).append(map)));
            built.call(Pass.inference(run.tf()).inBfloat16(), List.of(Value.of(x)));
            List<GraphOperation> convolutions =
                Streams.stream(run.graph().operations())
                    .filter(operation -> operation.type().contains("onv2"))
                    .toList();
            boolean depthwise = channels == 1 && filters == 1 && groups == 3;
            assertThat(convolutions).hasSize(depthwise ? 1 : groups);
            for (GraphOperation each : convolutions) {
              if (each.type().equals("Conv2D")) {
                assertThat(each.input(0).shape().get(3) % 2).isZero();
                assertThat(each.output(0).shape().get(3)).isGreaterThan(1);
              } else {
                assertThat(depthwise).isTrue();
                assertThat(each.attributes().getAttrIntList("strides")).containsOnly(1);
              }
            }
          }
        }
      }
    }
  }

  private static boolean isNarrow(Shape maps) {
    assertThat(maps.hasUnknownDimension()).isFalse();
    return maps.get(1) == 1 || maps.get(2) == 1;
  }

  /* Of a gradient, the shape of what it is the gradient of. */
  private static Shape outputOf(Graph graph, NodeDef node) {
    boolean backprop = node.getOp().contains("Backprop");
    List<String> tensor =
        Splitter.on(':').splitToList(backprop ? node.getInput(2) : node.getName());
    int index = tensor.size() == 1 ? 0 : Integer.parseInt(tensor.get(1));
    return graph.operation(tensor.get(0)).output(index).shape();
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void call_normalized_normalizesBeforeTheActivation(Mode mode) {
    Conv2d layer =
        layer(3, Sliding.square(3, 1, Padding.SAME), 1, Activation.TANH).withNormalization(NORM);
    Grid grid = new Grid(3, 3, 1, 1, 1, 1, 5, 4);
    try (LayerProgram program = new LayerProgram(layer, BATCH, mode, Shape.of(5, 4, 2))) {
      program.requireEquals(
          (variables, inputs) -> {
            double[] sums =
                PlainMaps.addBias(
                    PlainMaps.convolve(
                        new Maps(BATCH, 5, 4, 2, inputs.get(0)),
                        variables.get("kernel"),
                        3,
                        1,
                        grid),
                    variables.get("bias"));
            return activated(BatchNormTest.normalized(NORM, mode, variables, sums), layer);
          },
          5e-5);
      assertThat(doubles(program.run().floats(program.called().kernelOutput().orElseThrow())))
          .containsExactly(
              convolved(layer, program.values(), program.inputValues().get(0), 2, grid),
              within(1e-5));
    }
  }

  @Test
  void call_withoutBias_addsNothing() {
    Conv2d layer =
        layer(2, Sliding.square(3, 1, Padding.SAME), 1, Activation.LINEAR).withBias(Bias.NONE);
    check(layer, 3, new Grid(3, 3, 1, 1, 1, 1, 5, 4));
    assertThat(layer.layer(List.of(Shape.of(5, 4, 3))).parameters()).isEqualTo(3 * 3 * 3 * 2);
  }

  @Test
  void description_countsParametersAndShape() {
    Conv2d conv = Conv2d.of("c", 64, 3, Activation.RELU).withStride(2);
    List<Shape> inputs = List.of(Shape.of(32, 33, 16));

    assertThat(conv.output(inputs)).isEqualTo(Shape.of(16, 17, 64));
    assertThat(conv.kernel(inputs)).contains(Shape.of(3, 3, 16, 64));
    assertThat(conv.layer(inputs).role()).isEqualTo(Layer.Role.COUNTED);
    assertThat(conv.layer(inputs).parameters()).isEqualTo(9 * 16 * 64 + 64);
    assertThat(conv.withNormalization(NORM).layer(inputs).parameters())
        .isEqualTo(9 * 16 * 64 + 3 * 64);
    assertThat(conv.withGroups(4).layer(inputs).parameters()).isEqualTo(9 * 4 * 64 + 64);
    assertThat(conv.wiring(0, inputs))
        .contains(new Wiring.Convolution(Window.same(3, 2, 32, 33), 1));
    assertThat(conv.withPadding(Padding.around(1)).withGroups(4).wiring(0, inputs))
        .contains(new Wiring.Convolution(new Window(3, 3, 2, 2, 1, 1), 4));
  }

  /** The fan-in is what one filter sees: 9 * 8 / 4, whatever the number of groups. */
  @Test
  void build_inGroups_drawsByTheFanInOfAGroup() {
    try (GraphRun run = new GraphRun()) {
      Variables variables = Variables.initialized(run.tf());
      Variable kernel =
          Conv2d.of("c", 400, 3, Activation.RELU)
              .withGroups(4)
              .build(variables, Kaiming.normal(7), List.of(Shape.of(5, 5, 8)))
              .kernel()
              .orElseThrow();
      double[] values = doubles(run.floats(kernel.read(run.tf())));

      double expected = Math.sqrt(2.0 / 18);
      double deviation = Math.sqrt(Arrays.stream(values).map(v -> v * v).average().orElseThrow());
      assertThat(deviation)
          .isCloseTo(expected, within(5 * expected / Math.sqrt(2.0 * values.length)));
    }
  }

  @Test
  void description_badSizes_nameLayerAndValue() {
    Conv2d conv = Conv2d.of("c", 6, 3, Activation.RELU);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Conv2d.of("c", 0, 3, Activation.RELU))
        .withMessage("layer 'c': filters must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conv.withGroups(0))
        .withMessage("layer 'c': groups must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conv.withGroups(4))
        .withMessage("layer 'c': filters must divide into 4 groups, got 6");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conv.withGroups(3).output(List.of(Shape.of(8, 8, 4))))
        .withMessage("layer 'c': the input's channels must divide into 3 groups, got 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conv.withPadding(Padding.VALID).output(List.of(Shape.of(8, 2, 4))))
        .withMessage("layer 'c': the window of 3 x 3 must fit into the padded map, got [8, 2, 4]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conv.output(List.of(Shape.of(8))))
        .withMessage("layer 'c': expected an input of [height, width, channels], got [8]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conv.output(List.of(Shape.of(8, 8, 4), Shape.of(8, 8, 4))))
        .withMessage("layer 'c': expected one input, got 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conv.withPadding(Padding.around(3)))
        .withMessageStartingWith("padding must be less than the window of 3 x 3, got ")
        .withMessageContaining("top=3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> conv.withStride(0))
        .withMessage("stride must be at least 1 x 1, got 0 x 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Padding.around(-1))
        .withMessage("padding must not be negative, got top -1, bottom -1, left -1, right -1");
  }

  private static Conv2d layer(int filters, Sliding window, int groups, Activation activation) {
    return Conv2d.of("block/layer", filters, 1, activation).withWindow(window).withGroups(groups);
  }

  private static void check(Conv2d layer, int channels, Grid grid) {
    Shape shape = Shape.of(5, 4, channels);
    assertThat(layer.output(List.of(shape)))
        .isEqualTo(Shape.of(grid.rows(), grid.columns(), layer.filters()));
    for (Mode mode : Mode.values()) {
      try (LayerProgram program = new LayerProgram(layer, BATCH, mode, shape)) {
        program.requireEquals(
            (variables, inputs) ->
                activated(convolved(layer, variables, inputs.get(0), channels, grid), layer),
            5e-5);
        assertThat(program.called().kernelOutput()).isEmpty();
      }
    }
  }

  private static double[] convolved(
      Conv2d layer, Map<String, double[]> variables, double[] x, int channels, Grid grid) {
    return PlainMaps.addBias(
        PlainMaps.convolve(
            new Maps(BATCH, 5, 4, channels, x),
            variables.get("kernel"),
            layer.filters(),
            layer.groups(),
            grid),
        variables.getOrDefault("bias", new double[layer.filters()]));
  }

  private static double[] activated(double[] values, Conv2d layer) {
    return Arrays.stream(values)
        .map(value -> PlainDense.activate(value, layer.activation()))
        .toArray();
  }
}
