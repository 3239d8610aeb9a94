package org.tfemergence.emergence.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;

final class TapTest {
  private final GraphRun run = new GraphRun();
  private final Operand<TFloat32> activations = placeholder(-1, 4, 3);
  private final Operand<TFloat32> output = placeholder(-1, 4, 3);

  @AfterEach
  void close() {
    run.close();
  }

  @Test
  void create_noUnit_isRefused() {
    Operand<TFloat32> none = placeholder(-1, 4, 0);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Tap("a", none))
        .withMessage("tap of layer 'a': expected at least one unit, got [-1, 4, 0]");
  }

  @Test
  void at_layerWithNormalization_readsTheKernelsOutput() {
    Tap tap = new Tap("a", activations).withKernelOutput(output).masked(placeholder(-1, 4));

    Tap before = tap.at(TapPoint.BEFORE_NORMALIZATION);

    assertThat(before.activations()).isSameAs(output);
    assertThat(before.mask()).isEqualTo(tap.mask()).isPresent();
    assertThat(before.layer()).isEqualTo("a");
    assertThat(tap.at(TapPoint.ACTIVATION)).isEqualTo(tap);
  }

  @Test
  void at_layerWithoutNormalization_isTheTapItself() {
    Tap tap = new Tap("a", activations);

    assertThat(tap.at(TapPoint.BEFORE_NORMALIZATION)).isEqualTo(tap);
  }

  @Test
  void withKernelOutput_anotherShape_isRefused() {
    for (Operand<TFloat32> unfit :
        List.of(placeholder(-1, 4, 2), placeholder(-1, 12), placeholder(-1, -1, 3))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Tap("a", activations).withKernelOutput(unfit))
          .withMessage(
              "tap of layer 'a': expected a kernel output of the activations' shape "
                  + activations.asOutput().shape()
                  + ", got "
                  + unfit.asOutput().shape());
    }
  }

  private Placeholder<TFloat32> placeholder(long... dimensions) {
    return run.tf().placeholder(TFloat32.class, Placeholder.shape(Shape.of(dimensions)));
  }
}
