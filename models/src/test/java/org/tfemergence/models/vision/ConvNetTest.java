package org.tfemergence.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.testing.LayerProgram.Mode;
import org.tfemergence.models.testing.PlainMaps;
import org.tfemergence.models.variable.Variables;

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

  /** What lies before a normalization, where there is one: the kernel's output, bias added. */
  @Test
  void call_taps_haveWhatTheKernelsGaveToTheNormalizations() {
    ImageShape image = new ImageShape(2, 4, 3);
    ConvNet net =
        new ConvNet(
            image,
            ImmutableList.of(5),
            ImmutableList.of(4),
            2,
            Activation.RELU,
            Optional.of(BatchNorm.KERAS));
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      Model.Built built = net.build(variables, Kaiming.normal(1));
      float[] x = Examples.features(3 * 2 * 4 * 3, 2);
      Value images = Value.of(run.constant(Shape.of(3, 2, 4, 3), x));
      for (Mode mode : Mode.values()) {
        List<Tap> taps =
            built.call(mode.pass(tf.withSubScope(mode.name())), List.of(images)).taps();
        double[] sums =
            PlainMaps.addBias(
                PlainMaps.convolve(
                    new PlainMaps.Maps(3, 2, 4, 3, doubles(x)),
                    doubles(run.floats(variables.get("conv_1/kernel").read(tf))),
                    5,
                    1,
                    new PlainMaps.Grid(3, 3, 1, 1, 1, 1, 2, 4)),
                doubles(run.floats(variables.get("conv_1/bias").read(tf))));

        assertThat(taps).extracting(Tap::layer).containsExactly("conv_1", "dense_1", "logits");
        assertThat(taps.subList(1, 3)).allMatch(tap -> tap.kernelOutput().isEmpty());
        Tap before = taps.get(0).at(TapPoint.BEFORE_NORMALIZATION);
        assertThat(doubles(run.floats(before.activations()))).containsExactly(sums, within(1e-5));
        assertThat(run.floats(taps.get(0).activations()))
            .hasSameSizeAs(sums)
            .isNotEqualTo(run.floats(before.activations()));
      }
    }
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
