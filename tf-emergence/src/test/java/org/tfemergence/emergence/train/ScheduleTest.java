package org.tfemergence.emergence.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.List;
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
  void schedules_followTheirFormulas() {
    for (long step = 0; step <= 40; step++) {
      double share = Math.min(1, step / 30.0);
      assertThat(Schedule.linear(2, 0.5, 30).at(step)).isCloseTo(2 - 1.5 * share, within(1e-12));
      assertThat(Schedule.polynomial(0, 0.9, 30, 3).at(step))
          .isCloseTo(0.9 - 0.9 * Math.pow(1 - share, 3), within(1e-12));
      assertThat(Schedule.cosine(2, 0.5, 30).at(step))
          .isCloseTo(0.5 + 0.75 * (1 + Math.cos(Math.PI * share)), within(1e-12));
      assertThat(Schedule.steps(1, 0.1, 10).at(step))
          .isCloseTo(Math.pow(0.1, (int) (step / 10)), within(1e-12));
      // The paper's formula, with width 512 and 30 steps.
      double paper =
          step == 0
              ? 0
              : Math.min(1 / Math.sqrt((double) step), step * Math.pow(30, -1.5)) / Math.sqrt(512);
      assertThat(Schedule.inverseSquareRoot(1 / Math.sqrt(512 * 30.0), 30).at(step))
          .isCloseTo(paper, within(1e-12));
    }
  }

  @Test
  void schedules_ofOneStep_areThere() {
    assertThat(Schedule.linear(2, 0.5, 1).at(0)).isEqualTo(2);
    assertThat(Schedule.linear(2, 0.5, 1).at(1)).isEqualTo(0.5);
    assertThat(Schedule.cosine(2, 0.5, 1).at(1)).isEqualTo(0.5);
    assertThat(Schedule.steps(1, 0.5, 1).at(3)).isEqualTo(0.125);
  }

  @Test
  void schedules_withoutSteps_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.linear(1, 0, 0))
        .withMessage("steps must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.steps(1, 0.5, 0))
        .withMessage("every must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.polynomial(1, 0, 5, Double.POSITIVE_INFINITY))
        .withMessage("power must be finite and positive, got Infinity");
  }

  @Test
  void warmup_risesToWhereTheOtherBegins_andShiftsIt() {
    Schedule schedule = Schedule.warmup(10, Schedule.linear(4, 0, 8));

    assertThat(schedule.at(0)).isZero();
    assertThat(schedule.at(5)).isEqualTo(2);
    assertThat(schedule.at(10)).isEqualTo(4);
    assertThat(schedule.at(14)).isEqualTo(2);
    assertThat(schedule.at(18)).isZero();
  }

  /** What rises by itself would be 0 for all of the rise before it. */
  @Test
  void warmup_toWhatDoesNotBeginAboveZero_isRefused() {
    Schedule[] rising = {
      Schedule.inverseSquareRoot(5e-4, 4_000),
      Schedule.warmup(10, Schedule.constant(0.1)),
      Schedule.linear(0, 0.1, 10),
      Schedule.constant(-0.1),
      step -> 1 / Math.sqrt((double) step),
      step -> Double.NaN
    };
    for (Schedule then : rising) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Schedule.warmup(10, then))
          .withMessageStartingWith(
              "a warm-up must rise to a finite value above 0, got a schedule that begins with "
                  + then.at(0)
                  + ";");
    }
  }

  /** Its InverseSquareRootSchedule: warmup_init_lr 1e-7, lr 5e-4, warmup_updates 4000. */
  @Test
  void inverseSquareRoot_behindALine_isFairseqs() {
    double peak = 5e-4;
    int warmup = 4_000;
    Schedule schedule =
        Schedule.linear(1e-7, peak, warmup).until(warmup, Schedule.inverseSquareRoot(peak, warmup));
    double step = (peak - 1e-7) / warmup; // lr_step
    double decay = peak * Math.pow(warmup, 0.5); // decay_factor
    for (int updates = 0; updates <= 200_000; updates += updates < 4_010 ? 1 : 997) {
      double expected = updates < warmup ? 1e-7 + updates * step : decay * Math.pow(updates, -0.5);
      assertThat(schedule.at(updates)).isCloseTo(expected, withinPercentage(1e-10));
    }
  }

  /** Who shifts a schedule may ask for what was before its beginning. */
  @Test
  void schedules_beforeStepZero_areWhatTheyAreThere() {
    for (Schedule schedule :
        List.of(
            Schedule.linear(1e-7, 1, 10),
            Schedule.polynomial(0, 1, 10, 3),
            Schedule.cosine(1, 0, 10),
            Schedule.inverseSquareRoot(1, 10),
            Schedule.warmup(10, Schedule.constant(1)))) {
      assertThat(schedule.at(-7)).isEqualTo(schedule.at(0));
    }
  }

  @Test
  void schedule_outOfRange_isRefusedWithItsValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.cosine(1, 0, 0))
        .withMessage("steps must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.warmup(-1, Schedule.constant(1)))
        .withMessage("steps must be at least 1, got -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.polynomial(1, 0, 5, 0))
        .withMessage("power must be finite and positive, got 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.steps(1, Double.NaN, 5))
        .withMessage("factor must be finite and positive, got NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.steps(1, -0.1, 5))
        .withMessage("factor must be finite and positive, got -0.1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.constant(Double.NaN))
        .withMessage("value must be finite, got NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.linear(Double.POSITIVE_INFINITY, 0, 5))
        .withMessage("from must be finite, got Infinity");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.cosine(1, Double.NaN, 5))
        .withMessage("to must be finite, got NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.inverseSquareRoot(Double.NaN, 5))
        .withMessage("peak must be finite, got NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.steps(Double.NaN, 0.1, 5))
        .withMessage("from must be finite, got NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.polynomial(1, Double.NaN, 10, 3))
        .withMessage("to must be finite, got NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.cosine(Double.NEGATIVE_INFINITY, 0, 10))
        .withMessage("from must be finite, got -Infinity");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.constant(1).until(0, Schedule.constant(2)))
        .withMessage("step must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.inverseSquareRoot(1, 0))
        .withMessage("steps must be at least 1, got 0");
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

  @Test
  void step_thatIsNoEvaluation_endsTheEpochAsItsPass() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Step(Phase.TRAINING, 1, 1, true, true, false))
        .withMessage("epochOver must be as last in TRAINING, got false and true");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Step(Phase.PROBE, 1, 1, true, false, true))
        .withMessage("epochOver must be as last in PROBE, got true and false");
    assertThat(new Step(Phase.EVALUATION, 1, 1, true, true, false).epochOver()).isFalse();
    assertThat(new Step(Phase.EVALUATION, 1, 1, true, false).epochOver()).isTrue();
  }

  @Test
  void phase_thatIsTheCallbacksOwn_hasNoBatch() {
    assertThat(Phase.values())
        .filteredOn(Phase::hasBatch)
        .containsExactly(Phase.TRAINING, Phase.EVALUATION);
  }

  @Test
  void step_ofTheCallbacksOwn_isAsTheLoopMustOfferIt() {
    assertThat(Step.beforeTraining()).isEqualTo(new Step(Phase.PROBE, 0, 0, true, true));
    for (boolean first : new boolean[] {false, true}) {
      for (boolean last : new boolean[] {false, true}) {
        assertThat(new Step(Phase.TRAINING, 7, 2, first, last).probe())
            .isEqualTo(new Step(Phase.PROBE, 7, 2, first, last));
      }
    }
    assertThat(Step.end(9, 3)).isEqualTo(new Step(Phase.END, 9, 3, false, true));
    assertThatIllegalStateException()
        .isThrownBy(() -> Step.end(9, 3).probe())
        .withMessageStartingWith("only behind an update comes a probe, got Step[phase=END, ");
  }
}
