package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

final class LayerContributionTest {
  private static final Network CHAIN =
      Network.chain(List.of(new Layer("a", 5, 1), new Layer("b", 4, 1), new Layer("c", 3, 1)));
  private static final ActivityCounts COUNTS =
      new ActivityCounts(
          ImmutableList.of(
              new LayerActivity("a", 5, 2, 0),
              new LayerActivity("b", 4, 1, 0),
              new LayerActivity("c", 3, 2, 0)),
          7);

  /* a to b: 3 times 1. a to c: 3 times 4 times 2. b to c: 3 times 2. */
  @Test
  void of_chainOfThree_addsUpToEOnEitherSide() {
    List<LayerContribution> found =
        LayerContribution.of(
            List.of("a", "b", "c"), LayerEmergence.PUBLISHED.explain(CHAIN, COUNTS));

    assertThat(found).containsExactly(layer("a", 27, 0), layer("b", 6, 3), layer("c", 0, 30));
    BigInteger all = LayerEmergence.PUBLISHED.measure(CHAIN, COUNTS).paths();
    assertThat(
            found.stream().map(LayerContribution::begins).reduce(BigInteger.ZERO, BigInteger::add))
        .isEqualTo(all);
    assertThat(found.stream().map(LayerContribution::ends).reduce(BigInteger.ZERO, BigInteger::add))
        .isEqualTo(all);
  }

  @Test
  void of_layerThatIsNotNamed_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                LayerContribution.of(
                    List.of("a", "c"), LayerEmergence.PUBLISHED.explain(CHAIN, COUNTS)))
        .withMessageStartingWith("pairs must be of the layers [a, c], got one of 'b'");
  }

  private static LayerContribution layer(String name, long begins, long ends) {
    return new LayerContribution(name, BigInteger.valueOf(begins), BigInteger.valueOf(ends));
  }
}
