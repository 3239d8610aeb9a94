package org.tfemergence.models.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Window;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.models.testing.LayerProgram;
import org.tfemergence.models.testing.LayerProgram.Mode;
import org.tfemergence.models.testing.PlainMaps;
import org.tfemergence.models.testing.PlainMaps.Grid;
import org.tfemergence.models.testing.PlainMaps.Maps;

final class DepthwiseConv2dTest {
  private static final DepthwiseConv2d LAYER =
      new DepthwiseConv2d(
          "block/layer",
          2,
          Sliding.square(3, 2, Padding.around(1)),
          Bias.ADDED,
          Optional.empty(),
          Activation.LINEAR);

  @ParameterizedTest
  @EnumSource
  void call_computesDefinition_andGradients(Mode mode) {
    Grid grid = new Grid(3, 3, 2, 2, 1, 1, 3, 2);
    try (LayerProgram program = new LayerProgram(LAYER, 2, mode, Shape.of(5, 4, 3))) {
      program.requireEquals(
          (variables, inputs) ->
              PlainMaps.addBias(
                  PlainMaps.convolve(
                      new Maps(2, 5, 4, 3, inputs.get(0)), variables.get("kernel"), 6, 3, grid),
                  variables.get("bias")),
          5e-5);
    }
  }

  @Test
  void description_hasOneGroupForEachChannel() {
    List<Shape> inputs = List.of(Shape.of(5, 4, 3));

    assertThat(LAYER.output(inputs)).isEqualTo(Shape.of(3, 2, 6));
    assertThat(LAYER.kernel(inputs)).contains(Shape.of(3, 3, 1, 6));
    assertThat(LAYER.layer(inputs).parameters()).isEqualTo(9 * 6 + 6);
    assertThat(LAYER.wiring(0, inputs))
        .contains(new Wiring.Convolution(new Window(3, 3, 2, 2, 1, 1), 3));
    assertThat(DepthwiseConv2d.of("d", 3, Activation.RELU).output(inputs))
        .isEqualTo(Shape.of(5, 4, 3));
  }

  @Test
  void description_badSizes_nameLayerAndValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new DepthwiseConv2d(
                    "d", 0, LAYER.window(), Bias.NONE, Optional.empty(), Activation.RELU))
        .withMessage("layer 'd': multiplier must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LAYER.output(List.of(Shape.of(5))))
        .withMessage(
            "layer 'block/layer': expected an input of [height, width, channels], got [5]");
  }
}
