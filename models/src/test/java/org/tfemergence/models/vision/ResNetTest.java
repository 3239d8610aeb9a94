package org.tfemergence.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.math.BigInteger;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tfemergence.emergence.activity.UnitActivity;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.Connection;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.augment.ImageShape;

final class ResNetTest {
  /** Numbers of torchvision's documentation of its models. */
  @ParameterizedTest
  @CsvSource({"18, 11689512", "34, 21797672", "50, 25557032", "101, 44549160"})
  void imageNet_hasTorchvisionsNumberOfParameters(int depth, long parameters) {
    ResNet net = ResNet.imageNet(depth, 1000);

    assertThat(net.network().parameters()).isEqualTo(parameters);
    // Shortcuts are not among the layers that give the network its name.
    assertThat(net.network().layers().stream().filter(layer -> !layer.name().endsWith("shortcut")))
        .hasSize(depth);
    assertThat(net.kernels().stream().mapToInt(Kernel::rank).max()).hasValue(depth);
  }

  /** Those of github.com/kuangliu/pytorch-cifar, whose stem is this one. */
  @ParameterizedTest
  @CsvSource({"18, 11173962", "34, 21282122", "50, 23520842", "101, 42512970"})
  void withCifarStem_hasPytorchCifarsNumberOfParameters(int depth, long parameters) {
    assertThat(ResNet.imageNet(depth, 10).withCifarStem().network().parameters())
        .isEqualTo(parameters);
  }

  /** Table 6 of the paper: 0.27 M, 0.85 M, 1.7 M; exactly, convolution by convolution. */
  @ParameterizedTest
  @CsvSource({"20, 0.27", "56, 0.85", "110, 1.7"})
  void cifar_hasThePapersNumberOfParameters(int depth, double millions) {
    long blocks = (depth - 2L) / 6;
    long weights = 9L * 3 * 16 + 9 * (2 * blocks * 16 * 16);
    weights += 9 * (16 * 32 + (2 * blocks - 1) * 32 * 32);
    weights += 9 * (32 * 64 + (2 * blocks - 1) * 64 * 64);
    long gainsAndOffsets = 2 * (16 + 2 * blocks * (16 + 32 + 64));
    long parameters = ResNet.cifar(depth, 10).network().parameters();

    assertThat(parameters).isEqualTo(weights + gainsAndOffsets + 65 * 10);
    assertThat(parameters / 1e6).isBetween(millions * 0.98, millions * 1.02);
  }

  @Test
  void shapes_halveFromStageToStage() {
    assertThat(map(ResNet.imageNet(50, 10), "stem/conv")).containsExactly(112L, 112L, 64L);
    assertThat(map(ResNet.imageNet(50, 10), "stem/pool")).containsExactly(56L, 56L, 64L);
    assertThat(map(ResNet.imageNet(50, 10), "stage_2/block_1/conv_1"))
        .containsExactly(56L, 56L, 128L);
    assertThat(map(ResNet.imageNet(50, 10), "stage_2/block_1/conv_2"))
        .containsExactly(28L, 28L, 128L);
    assertThat(map(ResNet.imageNet(50, 10), "stage_4/block_3/relu")).containsExactly(7L, 7L, 2048L);
    assertThat(map(ResNet.imageNet(18, 10).withCifarStem(), "stage_4/block_2/relu"))
        .containsExactly(4L, 4L, 512L);
    assertThat(map(ResNet.cifar(20, 10), "stage_3/block_3/relu")).containsExactly(8L, 8L, 64L);
  }

  @Test
  void kernels_shortcutSharesTheRankOfTheBlocksFirst() {
    Map<String, Integer> ranks = new HashMap<>();
    ResNet.imageNet(50, 10).kernels().forEach(kernel -> ranks.put(kernel.name(), kernel.rank()));

    for (int stage = 1; stage <= 4; stage++) {
      String block = "stage_" + stage + "/block_1/";
      assertThat(ranks.get(block + "shortcut/kernel"))
          .isEqualTo(ranks.get(block + "conv_1/kernel"));
    }
    assertThat(ranks).containsEntry("stem/conv/kernel", 1).containsEntry("logits/kernel", 50);
  }

  @Test
  void withoutNormalization_convolutionsHaveBiases() {
    ResNet net = ResNet.cifar(8, 10);

    // Gain and offset of each channel against a bias.
    assertThat(net.network().parameters() - net.withoutNormalization().network().parameters())
        .isEqualTo(16 + 2 * (16 + 32 + 64));
    assertThat(net).isEqualTo(ResNet.cifar(8, 10));
  }

  @Test
  void withStages_innerWidthsAreFree() {
    ResNet net =
        ResNet.cifar(8, 10)
            .withStages(
                ImmutableList.of(
                    ImmutableList.of(ResidualBlock.of(3, 16)),
                    ImmutableList.of(ResidualBlock.of(5, 32)),
                    ImmutableList.of(ResidualBlock.of(7, 64))));

    assertThat(map(net, "stage_2/block_1/conv_1")).containsExactly(16L, 16L, 5L);
    assertThat(map(net, "stage_2/block_1/relu")).containsExactly(16L, 16L, 32L);
  }

  /** Paths counted one by one, from the definition of the wiring, in a net of every part. */
  @ParameterizedTest
  @EnumSource
  void network_exactEmergenceIsPathEnumeration(ResNet.Shortcut shortcut) {
    ResNet net =
        new ResNet(
            new ImageShape(4, 3, 1),
            ResNet.Stem.CIFAR,
            1,
            ImmutableList.of(
                ImmutableList.of(ResidualBlock.of(1, 1)),
                ImmutableList.of(ResidualBlock.of(1, 1, 2))),
            shortcut,
            2,
            Optional.empty());
    Network network = net.network();
    Random random = new Random(3);
    ImmutableMap.Builder<String, BitSet> active = ImmutableMap.builder();
    for (Layer layer : network.layers()) {
      BitSet bits = new BitSet();
      for (int i = 0; i < layer.units(); i++) {
        bits.set(i, random.nextBoolean());
      }
      active.put(layer.name(), bits);
    }
    Map<String, BitSet> bits = active.buildOrThrow();
    long paths = 0;
    for (Layer layer : network.layers()) {
      for (int unit = 0; unit < layer.units(); unit++) {
        paths += bits.get(layer.name()).get(unit) ? 0 : walk(network, layer, unit, bits);
      }
    }

    assertThat(
            new ExactEmergence(ExactEmergence.Passing.ANY_UNIT)
                .measure(network, activity(network, bits), ExactEmergence.Connections.ALL)
                .paths())
        .isEqualTo(BigInteger.valueOf(paths));
  }

  @Test
  void resNet_badSizes_areRefusedWithTheirValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ResNet.cifar(21, 10))
        .withMessage("depth must be 6 n + 2, n at least 1, got 21");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ResNet.imageNet(20, 10))
        .withMessage("depth must be one of [18, 34, 50, 101], got 20");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ResNet.imageNet(18, 1))
        .withMessage("classes must be at least 2, got 1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ResNet.cifar(8, 10)
                    .withStages(
                        ImmutableList.of(ImmutableList.of(ResidualBlock.of(16, 16, 16, 16)))))
        .withMessage("a block must have two or three convolutions, got filters [16, 16, 16, 16]");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ResNet.cifar(8, 10)
                    .withStages(ImmutableList.of(ImmutableList.of(ResidualBlock.of(16, 8)))))
        .withMessage("layer 'stage_1/block_1/pad': expected at most 8 channels, got 16");
  }

  private static long walk(Network network, Layer layer, int unit, Map<String, BitSet> active) {
    long paths = 0;
    for (Layer target : network.targets(layer)) {
      Wiring wiring = network.wiring(layer, target);
      for (Connection connection : Connection.define(layer, target, wiring)) {
        if (connection.source() == unit) {
          if (target.counted() && active.get(target.name()).get(connection.target())) {
            paths++;
          }
          paths += walk(network, target, connection.target(), active);
        }
      }
    }
    return paths;
  }

  private static ImmutableList<Long> map(ResNet net, String layer) {
    return net.network().nodes().stream()
        .filter(node -> node.name().equals(layer))
        .findFirst()
        .orElseThrow()
        .shape();
  }

  private static UnitActivity activity(Network network, Map<String, BitSet> bits) {
    Map<String, Integer> units = new HashMap<>();
    network.layers().forEach(layer -> units.put(layer.name(), (int) layer.units()));
    return UnitActivity.of(units, bits, 1);
  }
}
