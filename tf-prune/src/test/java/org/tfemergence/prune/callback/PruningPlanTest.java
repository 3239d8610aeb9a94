package org.tfemergence.prune.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.prune.mask.Allocation;

final class PruningPlanTest {
  @Test
  void after_oneShot_isNothingBeforeItsStepAndTheSparsityFromItOn() {
    PruningPlan plan = PruningPlan.oneShot(3, 0.6);

    for (long step = 0; step < 3; step++) {
      assertThat(plan.after(step)).isZero();
    }
    for (long step = 3; step < 9; step++) {
      assertThat(plan.after(step)).isEqualTo(0.6);
    }
  }

  @Test
  void after_gradual_followsTheFormulaAndHoldsBetweenTheSteps() {
    PruningPlan plan = PruningPlan.gradual(3, 4, 5, 0.8);

    for (long step = 0; step <= 40; step++) {
      // Zhu and Gupta: s - s (1 - (t - 3) / 20)^3 at t = 3, 7, ..., 23.
      long times = step < 3 ? 0 : Math.min(5, (step - 3) / 4);
      double left = 1 - times / 5.0;
      assertThat(plan.after(step))
          .as("step %d", step)
          .isCloseTo(0.8 - 0.8 * left * left * left, within(1e-12));
    }
  }

  @Test
  void after_following_asksOnlyForTheStepsItChoosesAt() {
    PruningPlan plan = PruningPlan.following(step -> step / 100.0, 5, 10);

    assertThat(plan.after(4)).isZero();
    assertThat(plan.after(5)).isEqualTo(0.05);
    assertThat(plan.after(14)).isEqualTo(0.05);
    assertThat(plan.after(15)).isEqualTo(0.15);
    assertThat(plan.after(99)).isEqualTo(0.95);
  }

  @Test
  void after_scheduleOutOfRange_isRefusedWithValueAndStep() {
    PruningPlan plan = PruningPlan.following(step -> step / 10.0 - 0.5, 2, 2);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan.after(3))
        .withMessage("sparsity must be in [0, 1), got -0.3 at step 2");
    assertThat(PruningPlan.following(Schedule.constant(0), 1, 1).after(1)).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PruningPlan.following(Schedule.constant(1), 1, 1).after(1))
        .withMessage("sparsity must be in [0, 1), got 1.0 at step 1");
  }

  @Test
  void with_otherKernelsOrAllocation_changesThemAlone() {
    PruningPlan plan = PruningPlan.oneShot(3, 0.6);
    KernelChoice choice = KernelChoice.all().except(name -> name.endsWith("/table"));

    assertThat(plan.withKernels(choice))
        .isEqualTo(new PruningPlan(plan.sparsity(), 3, 1, choice, Allocation.PER_TENSOR));
    assertThat(plan.withKernels(choice).withAllocation(Allocation.GLOBAL))
        .isEqualTo(new PruningPlan(plan.sparsity(), 3, 1, choice, Allocation.GLOBAL));
  }

  @Test
  void create_badNumbers_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PruningPlan.following(Schedule.constant(0), 0, 1))
        .withMessage("begin must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PruningPlan.gradual(1, 0, 1, 0.5))
        .withMessage("every must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PruningPlan.gradual(1, 1, 0, 0.5))
        .withMessage("times must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PruningPlan.gradual(1, 1, 1, 1))
        .withMessage("sparsity must be in [0, 1), got 1.0");
  }
}
