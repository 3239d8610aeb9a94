package org.tfemergence.models.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MetricGoal;

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
  void csv_isALineForEachMetric_andGoesOnAfterARestart() {
    Path file = folder.resolve("metrics.csv");
    new MetricsCsv(file).completed(loss(0, 1.5));
    new MetricsCsv(file).completed(loss(1, 0.25));
    assertThat(file).hasContent("epoch,step,metric,value\n0,0,val_loss,1.5\n1,10,val_loss,0.25\n");
  }
}
