package org.tfemergence.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.init.plan.Kernel;

final class ConvNetTest {
  @Test
  void network_isConvolutionsThenDenseLayers() {
    ConvNet net = ConvNet.of(ImageShape.MNIST, 10, 64, 8, 16);

    // 28 x 28 halves to 14 and 7.
    assertThat(net.network().nodes().stream().map(Layer::name))
        .containsExactly("conv_1", "pool_1", "conv_2", "pool_2", "flatten", "dense_1", "logits");
    assertThat(net.network().layers().stream().map(Layer::units))
        .containsExactly(28 * 28 * 8L, 14 * 14 * 16L, 64L, 10L);
    assertThat(net.network().parameters())
        .isEqualTo((9 + 1) * 8 + (9 * 8 + 1) * 16 + (7 * 7 * 16 + 1) * 64 + 65 * 10);
    assertThat(net.kernels().stream().map(Kernel::rank)).containsExactly(1, 2, 3, 4);
    assertThat(net).isEqualTo(ConvNet.of(ImageShape.MNIST, 10, 64, 8, 16));
  }

  @Test
  void convNet_mapTooSmall_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConvNet.of(new ImageShape(3, 3, 1), 2, 5, 2, 2))
        .withMessage(
            "layer 'pool_2': the window of 2 x 2 must fit into the padded map, got [1, 1, 2]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConvNet.of(ImageShape.MNIST, 1, 5, 2))
        .withMessage("classes must be at least 2, got 1");
  }
}
