package org.tfemergence.init.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class InitPlanTest {
  /** Sixteen convolutions and a dense layer, as VGG-19 for CIFAR-10 has. */
  private static final List<Kernel> SEVENTEEN = kernels(17);

  @Test
  void of_network_givesRowPerKernelByRank() {
    Kernel first = Kernel.of("first", 1, 4, 8);
    Kernel query = Kernel.of("query", 2, 8, 8);
    Kernel key = Kernel.of("key", 2, 8, 8);
    Kernel last = Kernel.of("last", 3, 8, 2);

    InitPlan plan =
        InitPlan.of(
            DepthProfile.geometric(4),
            List.of(last, query, first, key),
            kernel -> 1.0 / (kernel.fans().in() + kernel.fans().out()));

    assertThat(plan.rows())
        .containsExactly(
            new InitPlan.Row(first, -1, 0.25, 0.25 / 12),
            new InitPlan.Row(query, 0, 1, 1.0 / 16),
            new InitPlan.Row(key, 0, 1, 1.0 / 16),
            new InitPlan.Row(last, 1, 4, 0.4));
  }

  @Test
  void of_kernelsWithGains_multipliesTheirDeviations() {
    InitPlan plan =
        InitPlan.of(
            DepthProfile.geometric(4),
            List.of(
                Kernel.of("first", 1, 4, 8).withGain(3), Kernel.of("last", 2, 8, 2).withGain(0.5)),
            kernel -> 1.0 / kernel.fans().in());

    assertThat(plan.rows().stream().map(InitPlan.Row::standardDeviation))
        .containsExactly(0.25 * 3 / 4, 4 * 0.5 / 8);
  }

  @Test
  void of_noKernel_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InitPlan.of(DepthProfile.none(), List.of(), kernel -> 1))
        .withMessage("a plan must have at least one kernel");
  }

  @Test
  void depth_isGreatestRank() {
    assertThat(InitPlan.depth(List.of(Kernel.of("b", 7, 1, 1), Kernel.of("a", 3, 1, 1))))
        .isEqualTo(7);
  }

  @Test
  void cumulativeFactors_seventeenLayersAlphaTwo_isTwoToMinus36() {
    // Exponents -8 .. -1 sum to -36; the published profile gets back to 1 behind the middle.
    assertThat(smallest(DepthProfile.geometric(2))).isEqualTo(Math.pow(2, -36));
    assertThat(smallest(DepthProfile.geometric(1.1))).isCloseTo(Math.pow(1.1, -36), within(1e-12));
    assertThat(smallest(DepthProfile.constant(2))).isEqualTo(Math.pow(2, -8));
    assertThat(plan(DepthProfile.geometric(2), SEVENTEEN).cumulativeFactors())
        .hasSize(17)
        .last()
        .isEqualTo(1.0);
  }

  private static double smallest(DepthProfile profile) {
    return Collections.min(plan(profile, SEVENTEEN).cumulativeFactors());
  }

  @Test
  void cumulativeFactors_withoutScaling_isOne() {
    assertThat(plan(DepthProfile.none(), SEVENTEEN).cumulativeFactors()).containsOnly(1.0);
    assertThat(plan(DepthProfile.geometric(2), kernels(1)).cumulativeFactors())
        .containsExactly(1.0);
  }

  @Test
  void cumulativeFactors_kernelsSideBySide_countOncePerDepth() {
    List<Kernel> sideBySide =
        List.of(
            Kernel.of("query", 1, 2, 2),
            Kernel.of("key", 1, 2, 2),
            Kernel.of("value", 1, 2, 2),
            Kernel.of("out", 2, 2, 2));
    assertThat(plan(DepthProfile.geometric(4), sideBySide).cumulativeFactors())
        .containsExactly(0.25, 1.0);
  }

  @Test
  void warning_vanishingMiddle_saysFormDepthAndScale() {
    assertThat(plan(DepthProfile.geometric(2), SEVENTEEN).warning())
        .get()
        .asString()
        .contains("'geometric, alpha 2.0'", "17 layers", "1.5e-11");
  }

  @Test
  void warning_saneProfiles_isAbsent() {
    assertThat(plan(DepthProfile.none(), SEVENTEEN).warning()).isEmpty();
    assertThat(plan(DepthProfile.geometric(1.1), SEVENTEEN).warning()).isEmpty();
    assertThat(plan(DepthProfile.constant(2), SEVENTEEN).warning()).isEmpty();
  }

  @Test
  void warning_onEitherSideOfTheLimit_changes() {
    // Two layers: the cumulative factor is 1/alpha after the first.
    assertThat(plan(DepthProfile.geometric(10_000), kernels(2)).warning()).isEmpty();
    assertThat(plan(DepthProfile.geometric(1e-4), kernels(2)).warning()).isEmpty();
    assertThat(plan(DepthProfile.geometric(0.99e-4), kernels(2)).warning()).isPresent();
    assertThat(plan(DepthProfile.geometric(9_999), kernels(2)).warning()).isEmpty();
    assertThat(plan(DepthProfile.geometric(10_001), kernels(2)).warning()).isPresent();
  }

  @Test
  void warning_growingSignal_isPresentToo() {
    assertThat(plan(DepthProfile.geometric(0.5), SEVENTEEN).warning())
        .get()
        .asString()
        .contains("6.9e+10");
  }

  @Test
  void toString_hasHeaderAndLinePerKernel() {
    InitPlan plan =
        InitPlan.of(
            DepthProfile.geometric(2),
            List.of(
                Kernel.of("conv/kernel", 1, 3, 3, 64, 128), Kernel.of("logits/kernel", 2, 8, 4)),
            kernel -> 1.0 / kernel.fans().in());

    List<String> lines = plan.toString().lines().toList();

    assertThat(lines).hasSize(3);
    assertThat(lines.get(0).split(" +"))
        .containsExactly("kernel", "shape", "rank", "exponent", "factor", "std");
    List<String> first = List.of(lines.get(1).split(" +"));
    assertThat(first.subList(0, 3)).containsExactly("conv/kernel", "3x3x64x128", "1");
    assertThat(first.subList(3, 6).stream().map(Double::valueOf))
        .satisfiesExactly(
            exponent -> assertThat(exponent).isEqualTo(-1),
            factor -> assertThat(factor).isEqualTo(0.5),
            std -> assertThat(std).isCloseTo(0.5 / 576, within(1e-6)));
    List<String> second = List.of(lines.get(2).split(" +"));
    assertThat(second.subList(0, 3)).containsExactly("logits/kernel", "8x4", "2");
    assertThat(second.subList(3, 6).stream().map(Double::valueOf)).containsExactly(1.0, 2.0, 0.25);
  }

  private static InitPlan plan(DepthProfile profile, List<Kernel> kernels) {
    return InitPlan.of(profile, kernels, kernel -> 1);
  }

  private static List<Kernel> kernels(int depth) {
    return IntStream.rangeClosed(1, depth)
        .mapToObj(rank -> Kernel.of("layer_" + rank, rank, 2, 2))
        .toList();
  }
}
