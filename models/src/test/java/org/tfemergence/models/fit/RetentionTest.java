package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.train.MetricGoal;

final class RetentionTest {
  @Test
  void staying_last_areTheNewest() {
    assertThat(Retention.last(2).staying(losses(5, 4, 3, 2))).containsExactlyInAnyOrder(3, 4);
    assertThat(Retention.last(9).staying(losses(5, 4))).containsExactlyInAnyOrder(1, 2);
  }

  @Test
  void staying_best_areBesideTheLast() {
    Retention lowest = Retention.last(1).andBest(2, MetricGoal.lower("loss"));
    assertThat(lowest.staying(losses(3, 1, 2, 5, 4))).containsExactlyInAnyOrder(2, 3, 5);
    Retention highest = Retention.last(1).andBest(1, MetricGoal.higher("loss"));
    assertThat(highest.staying(losses(3, 1, 2, 5, 4))).containsExactlyInAnyOrder(4, 5);
  }

  @Test
  void staying_equallyGood_isTheEarlier() {
    Retention rule = Retention.last(1).andBest(1, MetricGoal.higher("loss"));
    assertThat(rule.staying(losses(1, 7, 7, 7, 2))).containsExactlyInAnyOrder(2, 5);
  }

  @Test
  void staying_notANumberOrWithout_isNeverBest() {
    Retention rule = Retention.last(1).andBest(3, MetricGoal.lower("loss"));
    assertThat(rule.staying(losses(Double.NaN, Double.POSITIVE_INFINITY, 4, 5)))
        .containsExactlyInAnyOrder(2, 3, 4);
    assertThat(rule.staying(ImmutableMap.of(1, ImmutableMap.of(), 2, ImmutableMap.of("a", 1.0))))
        .containsExactly(2);
  }

  @Test
  void constructors_outOfRange_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Retention.last(0))
        .withMessage("last must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Retention.last(1).andBest(0, MetricGoal.lower("loss")))
        .withMessage("best must be at least 1, got 0");
  }

  private static ImmutableMap<Integer, ImmutableMap<String, Double>> losses(double... losses) {
    ImmutableMap.Builder<Integer, ImmutableMap<String, Double>> checkpoints =
        ImmutableMap.builder();
    for (int i = 0; i < losses.length; i++) {
      checkpoints.put(i + 1, ImmutableMap.of("loss", losses[i]));
    }
    return checkpoints.buildOrThrow();
  }
}
