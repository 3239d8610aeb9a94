package org.tfemergence.models.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.MoreCollectors;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.emergence.report.EventFile;
import org.tfemergence.emergence.report.EventFileReader;
import org.tfemergence.emergence.report.EventPoint.Scalar;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;

final class CallbacksTest {
  @TempDir private Path folder;

  private static EpochResult loss(int epoch, double value) {
    return new EpochResult(epoch, 10L * epoch, ImmutableMap.of("val_loss", value));
  }

  /** Returns the epoch at which a rule stops, or -1. */
  private static int stop(EarlyStopping rule, double... values) {
    for (int i = 0; i < values.length; i++) {
      if (rule.stop(loss(i, values[i]))) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void earlyStopping_stopsAfterPatienceWithoutGain() {
    assertThat(stop(new EarlyStopping(MetricGoal.lower("val_loss"), 2, 0), 3, 2, 2.5, 1, 1, 1, 0))
        .isEqualTo(5);
    assertThat(stop(new EarlyStopping(MetricGoal.lower("val_loss"), 2, 0.1), 3, 2.95, 2.91))
        .isEqualTo(2);
    assertThat(stop(new EarlyStopping(MetricGoal.higher("val_loss"), 1, 0), 1, 2, 3, 2))
        .isEqualTo(3);
    assertThat(stop(new EarlyStopping(MetricGoal.lower("val_loss"), 1, 0), 3, 2, 1)).isEqualTo(-1);
    assertThat(stop(new EarlyStopping(MetricGoal.lower("val_loss"), 2, 0), Double.NaN, Double.NaN))
        .isEqualTo(1);
  }

  @Test
  void earlyStopping_restored_goesOn() {
    EarlyStopping before = new EarlyStopping(MetricGoal.lower("val_loss"), 3, 0);
    assertThat(stop(before, 1, 2, 2)).isEqualTo(-1);
    EarlyStopping after = new EarlyStopping(MetricGoal.lower("val_loss"), 3, 0);
    after.restoreHostState(before.hostState());

    assertThat(after.stop(loss(3, 1))).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> after.restoreHostState(ByteString.copyFromUtf8("x")));
  }

  /** The network before training has no figures of training. */
  @Test
  void earlyStopping_ofTrainingLoss_doesNotCountTheResultBeforeTraining() {
    EarlyStopping rule = new EarlyStopping(MetricGoal.lower("loss"), 1);
    assertThat(rule.stop(loss(0, 1))).isFalse();
    for (int epoch = 1; epoch <= 2; epoch++) {
      ImmutableMap<String, Double> same = ImmutableMap.of("loss", 5.0);
      assertThat(rule.stop(new EpochResult(epoch, epoch, same))).isEqualTo(epoch == 2);
    }
  }

  @Test
  void earlyStopping_askedTwiceOfAResult_countsItOnce() {
    EarlyStopping rule = new EarlyStopping(MetricGoal.lower("val_loss"), 2);
    double[] values = {1, 2, 3};
    for (int i = 0; i < values.length; i++) {
      EpochResult result = loss(i, values[i]);
      assertThat(rule.stop(result)).isEqualTo(i == 2);
      assertThat(rule.stop(result)).isEqualTo(i == 2);
    }
  }

  @Test
  void earlyStopping_stateOfAnotherGoal_isRefused() {
    ByteString state = new EarlyStopping(MetricGoal.lower("val_loss"), 1).hostState();
    for (MetricGoal goal :
        new MetricGoal[] {MetricGoal.lower("loss"), MetricGoal.higher("val_loss")}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new EarlyStopping(goal, 1).restoreHostState(state))
          .withMessageEndingWith(
              "waits for " + goal + ", got the state of one that waits for lower val_loss");
    }
  }

  @Test
  void restoreHostState_damaged_isRefused() {
    EarlyStopping early = new EarlyStopping(MetricGoal.lower("val_loss"), 3);
    early.stop(loss(0, 1));
    MetricsCsv csv = new MetricsCsv(folder.resolve("metrics.csv"));
    csv.completed(loss(0, 1));
    for (TrainingCallback callback : List.of(early, csv)) {
      ByteString saved = callback.hostState();
      for (int i = 0; i < saved.size(); i++) {
        byte[] damaged = saved.toByteArray();
        damaged[i] ^= 1;
        assertThatIllegalArgumentException()
            .as("byte %d", i)
            .isThrownBy(() -> callback.restoreHostState(ByteString.copyFrom(damaged)))
            .withMessageStartingWith("callback '" + callback.name() + "': found ");
      }
      for (int length = 0; length < saved.size(); length++) {
        ByteString cut = saved.substring(0, length);
        assertThatIllegalArgumentException().isThrownBy(() -> callback.restoreHostState(cut));
      }
      assertThat(callback.hostState()).isEqualTo(saved);
    }
  }

  @Test
  void earlyStopping_outOfRange_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EarlyStopping(MetricGoal.lower("val_loss"), 0, 0))
        .withMessage("patience must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EarlyStopping(MetricGoal.lower("val_loss"), 1, -1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EarlyStopping(MetricGoal.higher("bleu"), 1, 0).stop(loss(1, 1)))
        .withMessage("epoch 1 has no 'bleu', only [val_loss]");
  }

  @Test
  void metricEvents_areScalarsByNameAndStep() throws IOException {
    try (EventFile events = EventFile.create(folder)) {
      MetricEvents callback = new MetricEvents(events);
      callback.completed(
          new EpochResult(0, 0, ImmutableMap.of("val_loss", 2.5, "val_accuracy", 0.25)));
      callback.completed(new EpochResult(1, 40, ImmutableMap.of("val_loss", 1.5)));
    }
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.collect(MoreCollectors.onlyElement());
    }

    assertThat(EventFileReader.read(file).points())
        .extracting(point -> point.tag() + " at " + point.step() + ": " + ((Scalar) point).value())
        .containsExactly("val_loss at 0: 2.5", "val_accuracy at 0: 0.25", "val_loss at 40: 1.5");
  }

  /** Resumed after the first of three epochs of 4 updates; what is shown ends with all of them. */
  @Test
  void progressBar_ofEpochs_endsAtTheirUpdates() {
    List<String> shown = Collections.synchronizedList(new ArrayList<>());
    ProgressBarBuilder look =
        ProgressBarCallback.look().setConsumer(new DelegatingProgressBarConsumer(shown::add, 120));
    ProgressBarCallback progress = new ProgressBarCallback(OptionalLong.empty(), 3, look);
    for (int number = 5; number <= 12; number++) {
      int epoch = (number + 3) / 4;
      progress.completed(done(new Step(Phase.TRAINING, number, epoch, false, number % 4 == 0)));
      if (number % 4 == 0) {
        progress.completed(new EpochResult(epoch, number, ImmutableMap.of("val_loss", 0.25)));
      }
    }
    progress.completed(done(new Step(Phase.END, 12, 3, false, true)));

    assertThat(shown.get(shown.size() - 1)).contains("100%", "12/12", "epoch 3: val_loss 0.2500");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProgressBarCallback.epochs(0))
        .withMessage("epochs must be at least 1, got 0");
  }

  private static StepResult done(Step step) {
    return new StepResult(step, ImmutableList.of());
  }
}
