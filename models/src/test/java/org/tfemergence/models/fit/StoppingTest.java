package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.emergence.callback.EmergenceBound;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.callback.EmergenceStopping;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.callback.EarlyStopping;
import org.tfemergence.models.callback.Evaluator;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.testing.Examples;
import org.tfemergence.models.vision.Mlp;

/** What ends a training, and what it leaves. */
final class StoppingTest {
  private static final Mlp MODEL = Mlp.of(8, 4, 32);
  private static final Mlp SINGLE = Mlp.of(8, 4);
  private static final EmergenceBound UNDER_ONE = EmergenceBound.level(0, 10);
  private static final LabeledData DATA = Examples.noise(20, 8, 4, 1);
  private static final LabeledData HELD_OUT = Examples.noise(12, 8, 4, 2);
  private static final TrainerOptions OPTIONS =
      new TrainerOptions(6, 5, Schedule.constant(0.02), 3);
  private static final int EPOCHS = 12;
  private static final int BEST = 4;

  /** By a figure that says nothing of the weights, and so does not depend on what is learnt. */
  private static final MetricGoal NEAREST = MetricGoal.lower("distance");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void fit_emergenceStopping_leavesTheBestWeightsAndTheirAverages(boolean averages) {
    TrainerOptions options = averages ? OPTIONS.withAverageDecay(0.8) : OPTIONS;
    try (Training training = new Training(options)) {
      List<EpochResult> results = training.trainer.fit(DATA, HELD_OUT, EPOCHS);

      assertThat(training.stopping.bestEpoch()).hasValue(BEST);
      assertThat(training.trainer.evaluate(HELD_OUT).get("loss"))
          .isEqualTo(results.get(BEST).metrics().get("val_loss"))
          .isNotEqualTo(results.get(EPOCHS).metrics().get("val_loss"));
    }
  }

  @Test
  void fit_emergenceStoppingAfterARestart_isThatOfTheUninterrupted() throws Exception {
    TrainerOptions options = OPTIONS.withAverageDecay(0.8);
    List<EpochResult> expected;
    ImmutableMap<String, Double> left;
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(100));
        Training whole = new Training(options)) {
      expected =
          whole.trainer.fit(
              FitPlan.of(DATA, HELD_OUT, Extent.epochs(EPOCHS))
                  .withCheckpoints(checkpoints, Extent.epochs(1)));
      left = whole.trainer.evaluate(HELD_OUT);
    }
    Path later = folder.resolve("checkpoint-000010-step-40");
    try (Training resumed = new Training(options)) {
      resumed.trainer.restore(later);
      assertThat(resumed.stopping.bestEpoch()).hasValue(BEST);
      List<EpochResult> rest = resumed.trainer.fit(DATA, HELD_OUT, EPOCHS);
      assertThat(rest).isEqualTo(expected.subList(11, EPOCHS + 1));
      assertThat(resumed.trainer.evaluate(HELD_OUT)).isEqualTo(left);
    }
  }

  /** E of a single layer is zero: ten readings are under any bound in epoch 9. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void fit_emergenceStaysUnderTheBound_stopsInThatEpochAlsoAfterARestart(boolean eachBatch)
      throws Exception {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(100));
        Training whole = new Training(SINGLE, OPTIONS, UNDER_ONE, eachBatch)) {
      List<EpochResult> results =
          whole.trainer.fit(
              FitPlan.of(DATA, HELD_OUT, Extent.epochs(EPOCHS))
                  .withCheckpoints(checkpoints, Extent.epochs(1)));

      assertThat(whole.trainer.stopped()).isTrue();
      // Before training, no batch of it was measured.
      int last = eachBatch ? 10 : 9;
      assertThat(whole.trainer.epoch()).isEqualTo(last);
      assertThat(results).hasSize(last + 1);
      try (Training resumed = new Training(SINGLE, OPTIONS, UNDER_ONE, eachBatch)) {
        resumed.trainer.restore(folder.resolve("checkpoint-000005-step-20"));
        List<EpochResult> rest = resumed.trainer.fit(DATA, HELD_OUT, EPOCHS);
        assertThat(resumed.trainer.stopped()).isTrue();
        assertThat(rest).isEqualTo(results.subList(6, last + 1));
        assertThat(resumed.emergence.history()).isEqualTo(whole.emergence.history());
      }
    }
  }

  /** A checkpoint of a training that was not measured leaves the callback as it is. */
  @Test
  void restore_earlierStepWithoutAHistory_measuresTheStepsAfterItAnew() throws Exception {
    EmergenceCallback emergence = EmergenceCallback.builder().build();
    Path early = folder.resolve("early");
    try (Trainer plain = trainer(OPTIONS);
        Trainer measured = trainer(OPTIONS, emergence)) {
      plain.fit(DATA, HELD_OUT, 1);
      plain.save(early);
      measured.fit(DATA, HELD_OUT, 4);
      measured.restore(early);
      measured.fit(DATA, HELD_OUT, 3);
    }

    assertThat(emergence.history().readings())
        .extracting(EmergenceReading::step)
        .containsExactly(0L, 4L, 8L, 12L);
  }

  /** Passed once, as a callback; its patience, and that it has stopped, are in the checkpoint. */
  @Test
  void fit_earlyStopping_endsForGood() throws Exception {
    List<EpochResult> expected;
    Path checkpoint = folder.resolve("checkpoint");
    try (Trainer trainer = trainer(OPTIONS, distance(), early())) {
      expected = trainer.fit(DATA, HELD_OUT, 50);
      assertThat(trainer.stopped()).isTrue();
      assertThat(trainer.fit(DATA, HELD_OUT, 50)).isEmpty();
      trainer.save(checkpoint);
    }
    EpochResult last = expected.get(expected.size() - 1);
    assertThat(last.epoch()).isEqualTo(BEST + 3);
    try (Trainer trainer = trainer(OPTIONS, distance(), early())) {
      trainer.restore(checkpoint);
      assertThat(trainer.fit(DATA, HELD_OUT, 50)).isEmpty();
      assertThat(trainer.epoch()).isEqualTo(last.epoch());
      trainer.clearStop();
      assertThat(trainer.fit(DATA, HELD_OUT, last.epoch() + 1)).hasSize(1);
    }
  }

  @Test
  void fit_evaluator_seesTheWeightsThatAreEvaluated_andAddsToWhatAllAreTold() {
    List<Float> seen = new ArrayList<>();
    Trainer[] trainer = new Trainer[1];
    Evaluator evaluator =
        (session, result) -> {
          seen.add(trainer[0].variables().value("dense_1/kernel")[0]);
          return ImmutableMap.of(
              "twice", 2 * result.metrics().get("val_loss"), "distance", distance(result));
        };
    EarlyStopping stopping = early();
    try (Trainer made = trainer(OPTIONS.withAverageDecay(0.8), evaluator, stopping)) {
      trainer[0] = made;
      List<EpochResult> results = made.fit(DATA, HELD_OUT, 50);
      for (EpochResult result : results) {
        assertThat(result.metrics().get("twice")).isEqualTo(2 * result.metrics().get("val_loss"));
      }
      assertThat(made.stopped()).isTrue();
      assertThat(results).hasSize(BEST + 3 + 1);
      assertThat(seen.get(seen.size() - 1))
          .isEqualTo(made.variables().value("average/dense_1/kernel")[0])
          .isNotEqualTo(made.variables().value("dense_1/kernel")[0]);
    }
  }

  @Test
  void assign_weights_beginsTheirAveragesAnew() {
    float[] given = Examples.features(8 * 32, 9);
    try (Trainer plain = trainer(OPTIONS);
        Trainer averaged = trainer(OPTIONS.withAverageDecay(0.999))) {
      for (Trainer trainer : List.of(plain, averaged)) {
        trainer.variables().assign(ImmutableMap.of("dense_1/kernel", given));
      }
      assertThat(averaged.variables().value("average/dense_1/kernel")).isEqualTo(given);
      assertThat(averaged.evaluate(HELD_OUT)).isEqualTo(plain.evaluate(HELD_OUT));
    }
  }

  /** The last result is of other weights than those that are saved. */
  @Test
  void save_behindWeightsPutIn_hasNoFigures() throws Exception {
    try (Checkpoints checkpoints =
            Checkpoints.open(folder, Retention.last(9).andBest(1, MetricGoal.VALIDATION_LOSS));
        Training stopping = new Training(OPTIONS);
        Trainer plain = trainer(OPTIONS)) {
      stopping.trainer.fit(DATA, HELD_OUT, 3);
      stopping.trainer.save(checkpoints);
      assertThat(checkpoints.best()).isEmpty();

      plain.fit(DATA, HELD_OUT, 1);
      Path told = plain.save(checkpoints);
      plain.restore(told);
      Path again = plain.save(checkpoints);
      plain.variables().assign(ImmutableMap.of("dense_1/kernel", Examples.features(8 * 32, 9)));
      Path assigned = plain.save(checkpoints);

      assertThat(Checkpoint.verify(told).metrics()).containsKey("val_loss");
      assertThat(Checkpoint.verify(again)).isEqualTo(Checkpoint.verify(told));
      assertThat(Checkpoint.verify(assigned).metrics()).isEmpty();
    }
  }

  private static EarlyStopping early() {
    return new EarlyStopping(NEAREST, 3);
  }

  private static Evaluator distance() {
    return (session, result) -> ImmutableMap.of("distance", distance(result));
  }

  private static double distance(EpochResult result) {
    return Math.abs(result.epoch() - BEST);
  }

  private static Trainer trainer(TrainerOptions options, TrainingCallback... callbacks) {
    return new Trainer(MODEL, Kaiming.normal(1), new Adam(), options, callbacks);
  }

  /** A training that its emergence may stop. */
  private static final class Training implements AutoCloseable {
    final EmergenceCallback emergence;
    final EmergenceStopping stopping;
    final Trainer trainer;

    /** Measures over evaluation passes, or on the batch of each training step. */
    Training(Mlp model, TrainerOptions options, EmergenceBound bound, boolean eachBatch) {
      emergence =
          eachBatch
              ? EmergenceCallback.builder().everyTrainingSteps(1).build()
              : EmergenceCallback.builder().build();
      stopping = EmergenceStopping.when(emergence::history, bound).withGoal(NEAREST);
      trainer =
          new Trainer(
              model, Kaiming.normal(1), new Adam(), options, distance(), emergence, stopping);
    }

    /** Never stopped. */
    Training(TrainerOptions options) {
      this(MODEL, options, EmergenceBound.level(-1, 1000), false);
    }

    @Override
    public void close() {
      trainer.close();
    }
  }
}
