package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.callback.EmergenceBound;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.callback.EmergenceStopping;
import org.tfemergence.emergence.callback.Every;
import org.tfemergence.emergence.callback.Sampling;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.vision.Mlp;

/** Which evaluations callbacks see, and as what. */
final class EvaluateTest {
  private static final Mlp MODEL = Mlp.of(8, 4, 32);
  private static final LabeledData DATA = Examples.noise(20, 8, 4, 1);
  private static final LabeledData HELD_OUT = Examples.noise(12, 8, 4, 2);
  private static final TrainerOptions OPTIONS =
      new TrainerOptions(6, 5, Schedule.constant(0.05), 3);

  @Test
  void evaluate_ofOtherData_isNoReading() {
    EmergenceCallback emergence = EmergenceCallback.builder().build();
    try (Trainer trainer = new Trainer(MODEL, Kaiming.normal(1), new Sgd(), OPTIONS, emergence)) {
      trainer.evaluate(DATA);
      assertThat(emergence.history().readings()).isEmpty();
      trainer.fit(DATA, HELD_OUT, 2);
      EmergenceHistory history = emergence.history();

      trainer.evaluate(DATA);

      assertThat(history.readings()).hasSize(3);
      assertThat(emergence.history()).isEqualTo(history);
    }
  }

  @Test
  void fit_evaluationsWithinAnEpoch_areNotAtItsEnd() {
    EmergenceCallback ends =
        EmergenceCallback.builder().sampling(Sampling.evaluationPasses(Every.epochs(1))).build();
    EmergenceCallback all = EmergenceCallback.builder().name("all").build();
    try (Trainer trainer = new Trainer(MODEL, Kaiming.normal(1), new Sgd(), OPTIONS, ends, all)) {
      trainer.fit(FitPlan.of(DATA, HELD_OUT, Extent.epochs(2)).withEvaluateEvery(Extent.steps(2)));
    }

    // Four updates an epoch.
    assertThat(all.history().readings())
        .extracting(EmergenceReading::step)
        .containsExactly(0L, 2L, 4L, 6L, 8L);
    assertThat(ends.history().readings())
        .extracting(EmergenceReading::step)
        .containsExactly(0L, 4L, 8L);
  }

  @Test
  void fit_ruleThatIsNoCallbackOfIt_isRefused() {
    EmergenceCallback emergence = EmergenceCallback.builder().build();
    EmergenceStopping stopping =
        EmergenceStopping.when(emergence::history, EmergenceBound.level(0));
    FitPlan plan = FitPlan.of(DATA, HELD_OUT, Extent.epochs(2)).withStop(stopping);
    try (Trainer trainer = new Trainer(MODEL, Kaiming.normal(1), new Sgd(), OPTIONS, emergence)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> trainer.fit(plan))
          .withMessageContaining("give it to the trainer");
    }
    EmergenceCallback again = EmergenceCallback.builder().build();
    EmergenceStopping attached =
        EmergenceStopping.when(again::history, EmergenceBound.level(0)).withName("attached");
    try (Trainer trainer =
        new Trainer(MODEL, Kaiming.normal(1), new Sgd(), OPTIONS, again, attached)) {
      assertThat(trainer.fit(plan.withStop(attached))).hasSize(3);
    }
  }
}
