package org.tfemergence.emergence.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.testing.TinyTraining;
import org.tfemergence.emergence.testing.TinyTraining.Kind;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.emergence.train.StopRule;

final class EmergenceStoppingTest {
  private static final EmergenceBound NEVER = EmergenceBound.level(-1000, 3);

  @ParameterizedTest
  @EnumSource
  void end_afterWorseEpochs_putsTheBestWeightsBack(Kind kind) {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER);
    double[] losses = {3, 1, 2, Double.NaN, 5};
    try (TinyTraining training = new TinyTraining(kind, 41)) {
      training.attach(stopping);
      List<float[]> best = null;
      for (int epoch = 0; epoch < losses.length; epoch++) {
        training.update(4);
        stopping.completed(loss(epoch, losses[epoch]));
        training.probe();
        best = epoch == 1 ? training.weights() : best;
      }
      assertThat(training.weights().get(0)).isNotEqualTo(best.get(0));

      training.end();

      assertThat(training.weights()).usingRecursiveComparison().isEqualTo(best);
      assertThat(stopping.bestEpoch()).hasValue(1);
    }
  }

  @Test
  void attach_stopping_leavesTheTrainingBitIdentical() {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER);
    try (TinyTraining plain = new TinyTraining(Kind.RESOURCE, 42);
        TinyTraining watched = new TinyTraining(Kind.RESOURCE, 42)) {
      watched.attach(stopping);
      for (int epoch = 0; epoch < 5; epoch++) {
        plain.update(4);
        watched.update(4);
        stopping.completed(loss(epoch, 5 - epoch));
        watched.probe();
      }

      assertThat(watched.weights()).usingRecursiveComparison().isEqualTo(plain.weights());
    }
  }

  @Test
  void keeping_highestAccuracy_takesTheFirstOfEquals() {
    EmergenceStopping stopping =
        EmergenceStopping.when(() -> history(0), NEVER).keeping(MetricGoal.VALIDATION_ACCURACY);
    for (int epoch = 0; epoch < 4; epoch++) {
      double accuracy = epoch == 0 ? 0.1 : 0.5;
      stopping.completed(new EpochResult(epoch, epoch, ImmutableMap.of("val_accuracy", accuracy)));
    }

    assertThat(stopping.bestEpoch()).hasValue(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> stopping.completed(loss(4, 1)))
        .withMessage("epoch 4 has no 'val_accuracy', only [val_loss]");
  }

  @Test
  void stop_boundHolds_notBeforeTheLeastEpochs() {
    EmergenceStopping stopping =
        EmergenceStopping.when(() -> history(12), EmergenceBound.level(3, 4)).notBefore(7);

    assertThat(stopping.stop(loss(6, 1))).isFalse();
    assertThat(stopping.stop(loss(7, 1))).isTrue();
    StopRule never = result -> false;
    assertThat(never.or(stopping).stop(loss(7, 1))).isTrue();
    assertThat(never.or(never).stop(loss(7, 1))).isFalse();
  }

  @Test
  void end_bestBeforeAPruning_keepsThePrunedWeights() {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER).notBefore(2);
    double[] losses = {9, 1, 5, 4, 6}; // the kernel goes in epoch 2
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 45)) {
      training.attach(stopping);
      Weight kernel = training.graph().weights().get(0);
      var prune =
          kernel.assign(
              training.run().tf(), training.run().constant(kernel.shape(), new float[54]));
      List<float[]> best = null;
      for (int epoch = 0; epoch < losses.length; epoch++) {
        training.update(4);
        if (epoch >= 2) {
          training.run().run(prune);
        }
        stopping.completed(loss(epoch, losses[epoch]));
        training.probe();
        best = epoch == 3 ? training.weights() : best;
      }
      training.end();

      assertThat(stopping.bestEpoch()).hasValue(3);
      assertThat(training.weights()).usingRecursiveComparison().isEqualTo(best);
      assertThat(training.weights().get(0)).containsOnly(0f);
    }
  }

  @Test
  void end_noEpochThatMayBeTheBest_leavesTheWeights() {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER).notBefore(2);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 46)) {
      training.attach(stopping);
      training.update(4);
      stopping.completed(loss(1, 1));
      training.probe();
      training.update(4);
      List<float[]> last = training.weights();
      training.end();

      assertThat(stopping.bestEpoch()).isEmpty();
      assertThat(training.weights()).usingRecursiveComparison().isEqualTo(last);
    }
  }

  @Test
  void request_loopWithoutStepsOfItsOwn_isRefused() {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 43)) {
      training.attach(stopping);
      stopping.completed(loss(0, 1));

      assertThatIllegalStateException()
          .isThrownBy(() -> training.update(3))
          .withMessage(
              "the best weights are kept in a step of PROBE after the epoch's result, got none"
                  + " after epoch 0");
    }
  }

  @Test
  void restoreHostState_ofAnother_goesOnFromItsBest() {
    EmergenceStopping before = EmergenceStopping.when(() -> history(0), NEVER);
    before.completed(loss(0, 2));
    before.completed(loss(1, 1));
    EmergenceStopping after = EmergenceStopping.when(() -> history(0), NEVER);

    after.restoreHostState(before.hostState());
    after.completed(loss(2, 1.5));

    assertThat(after.bestEpoch()).hasValue(1);
    assertThat(after.hostState()).isEqualTo(before.hostState());
    EmergenceStopping other = after.keeping(MetricGoal.VALIDATION_ACCURACY);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> other.restoreHostState(before.hostState()))
        .withMessage(
            "callback 'emergence_stopping' keeps the best by 'val_accuracy', got the best by"
                + " 'val_loss'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> other.restoreHostState(ByteString.copyFromUtf8("no message")))
        .withMessage("callback 'emergence_stopping': found 10 bytes that are not its state");
  }

  @Test
  void restoreHostState_ofAHistory_equalsTheUninterrupted() {
    EmergenceCallback whole = EmergenceCallback.builder().build();
    EmergenceCallback first = EmergenceCallback.builder().build();
    EmergenceCallback second = EmergenceCallback.builder().build();
    // One training with all three: what is restarted is the callback alone.
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 44)) {
      List.of(whole, first, second).forEach(training::attach);
      ByteString empty = second.hostState();
      for (int epoch = 1; epoch <= 3; epoch++) {
        training.update(4);
        training.evaluate(3, 2);
      }
      ByteString saved = first.hostState();
      second.restoreHostState(empty);
      assertThat(second.history().readings()).isEmpty();
      second.restoreHostState(saved);
      for (int epoch = 4; epoch <= 5; epoch++) {
        training.update(4);
        training.evaluate(3, 2);
      }

      assertThat(second.history()).isEqualTo(whole.history());
      assertThat(second.history().readings()).hasSize(5);
      EmergenceCallback other = EmergenceCallback.builder().measure(LayerEmergence.STRICT).build();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> other.restoreHostState(saved))
          .withMessage(
              "callback 'emergence' measures strict, mean activation > 0.05; got a history of"
                  + " published, mean activation > 0.05");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> second.restoreHostState(saved.substring(0, saved.size() / 2)));
      assertThat(second.history()).isEqualTo(whole.history());
    }
  }

  private static EpochResult loss(int epoch, double loss) {
    return new EpochResult(epoch, epoch, ImmutableMap.of("val_loss", loss));
  }

  private static EmergenceHistory history(int readings) {
    ActivityCounts counts =
        new ActivityCounts(ImmutableList.of(new LayerActivity("a", 2, 1, 0)), 1);
    return new EmergenceHistory(
        "published",
        ActivityRule.DEFAULT,
        IntStream.range(0, readings)
            .mapToObj(i -> new EmergenceReading(i, i, counts, Optional.empty(), 1, 10))
            .collect(ImmutableList.toImmutableList()));
  }
}
