package org.tfemergence.emergence.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

final class ScheduleTest {
  @Test
  void constant_anyStep_isTheValue() {
    assertThat(Schedule.constant(0.3).at(0)).isEqualTo(0.3);
    assertThat(Schedule.constant(0.3).at(Long.MAX_VALUE)).isEqualTo(0.3);
  }

  @Test
  void until_severalParts_goesOverAtEachBoundary() {
    Schedule joined =
        Schedule.constant(1).until(3, Schedule.constant(2)).until(5, step -> 10.0 * step);

    assertThat(joined.at(0)).isEqualTo(1);
    assertThat(joined.at(2)).isEqualTo(1);
    assertThat(joined.at(3)).isEqualTo(2);
    assertThat(joined.at(4)).isEqualTo(2);
    assertThat(joined.at(5)).isEqualTo(50);
    assertThat(joined.at(6)).isEqualTo(60);
  }

  @Test
  void step_badNumbers_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Step(Phase.TRAINING, 0, 1, true, true))
        .withMessage("step number must be at least 1 in TRAINING, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Step(Phase.TRAINING, 1, 0, true, true))
        .withMessage("epoch must be at least 1 in TRAINING, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Step(Phase.EVALUATION, -1, 0, true, true))
        .withMessage("step number must be at least 0 in EVALUATION, got -1");
    assertThat(new Step(Phase.EVALUATION, 0, 0, true, true).number()).isZero();
  }
}
