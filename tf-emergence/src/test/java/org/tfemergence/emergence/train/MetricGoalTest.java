package org.tfemergence.emergence.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;

final class MetricGoalTest {
  private static final MetricGoal LOWER = MetricGoal.lower("loss");
  private static final MetricGoal HIGHER = MetricGoal.higher("bleu");

  @Test
  void better_goesInTheGoalsDirection_andNaNIsNever() {
    assertThat(LOWER.better(1, 2)).isTrue();
    assertThat(LOWER.better(2, 1)).isFalse();
    assertThat(HIGHER.better(2, 1)).isTrue();
    assertThat(LOWER.better(1, 1)).isFalse();
    assertThat(HIGHER.better(1, 1)).isFalse();
    assertThat(LOWER.gain(1, 3)).isEqualTo(2);
    assertThat(HIGHER.gain(1, 3)).isEqualTo(-2);
    for (MetricGoal goal : new MetricGoal[] {LOWER, HIGHER}) {
      assertThat(goal.better(0, goal.worst())).isTrue();
      assertThat(goal.better(Double.NaN, goal.worst())).isFalse();
      assertThat(goal.better(1, Double.NaN)).isFalse();
    }
  }

  @Test
  void in_figureLacking_isRefusedOnceThereWasTraining() {
    EpochResult before = new EpochResult(0, 0, ImmutableMap.of("val_loss", 1.0));
    EpochResult after = new EpochResult(1, 8, ImmutableMap.of("loss", 2.0));
    assertThat(LOWER.in(before)).isEmpty();
    assertThat(LOWER.in(after)).hasValue(2.0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HIGHER.in(after))
        .withMessage("epoch 1 has no 'bleu', only [loss]");
  }

  @Test
  void constructor_blankName_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MetricGoal.lower(" "))
        .withMessage("metric must not be blank");
  }

  @Test
  void toString_saysDirectionAndFigure() {
    assertThat(MetricGoal.VALIDATION_LOSS).hasToString("lower val_loss");
    assertThat(MetricGoal.VALIDATION_ACCURACY).hasToString("higher val_accuracy");
    assertThat(MetricGoal.lower("loss"))
        .isEqualTo(new MetricGoal("loss", MetricGoal.Direction.LOWER));
    assertThat(MetricGoal.higher("bleu"))
        .isEqualTo(new MetricGoal("bleu", MetricGoal.Direction.HIGHER));
  }
}
