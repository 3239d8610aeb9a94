package org.tfemergence.emergence.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.report.HistoryProto;
import org.tfemergence.emergence.report.proto.SavedStopping;
import org.tfemergence.emergence.testing.SkipTraining;
import org.tfemergence.emergence.testing.TinyTraining;
import org.tfemergence.emergence.testing.TinyTraining.Kind;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.StopRule;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

final class EmergenceStoppingTest {
  private static final EmergenceBound NEVER = EmergenceBound.level(-1000);

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
  void withGoal_highestAccuracy_takesTheFirstOfEquals() {
    EmergenceStopping stopping =
        EmergenceStopping.when(() -> history(0), NEVER).withGoal(MetricGoal.VALIDATION_ACCURACY);
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
    EmergenceBound bound = EmergenceBound.level(3, 10);
    EmergenceStopping early = EmergenceStopping.when(() -> history(13), bound).withName("early");
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(13), bound).notBefore(12);
    StopRule never = result -> false;
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 47)) {
      training.attach(early);
      training.attach(stopping);
      for (int epoch = 0; epoch <= 11; epoch++) {
        training.tell(loss(epoch, 1));
        assertThat(early.stop(loss(epoch, 1))).isEqualTo(epoch >= 9);
        assertThat(stopping.stop(loss(epoch, 1))).isFalse();
      }
      training.tell(loss(12, 1));
      assertThat(stopping.stop(loss(12, 1))).isTrue();
      assertThat(never.or(stopping).stop(loss(12, 1))).isTrue();
      assertThat(never.or(never).stop(loss(12, 1))).isFalse();
    }
  }

  /*
   * Of ten readings to a result, and two results without a new one, the last before each counts:
   * they fall under the bound with the third result, while most readings, or none, do.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stop_manyReadingsOfAResult_takesTheLast(boolean lastUnder) {
    List<EmergenceReading> readings = new ArrayList<>();
    EmergenceStopping stopping =
        EmergenceStopping.when(
            () -> history(ImmutableList.copyOf(readings)), EmergenceBound.level(3, 10));
    EmergenceStopping resumed = stopping.withName("resumed");
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 57)) {
      training.attach(stopping);
      training.attach(resumed);
      for (int result = 1; result <= 14; result++) {
        for (int step = 10 * result - 9;
            step <= 10 * result && result != 5 && result != 6;
            step++) {
          boolean under = result >= 3 && (step % 10 == 0) == lastUnder;
          readings.add(reading(step, under ? 1 : 5));
        }
        EpochResult told = new EpochResult(result, 10L * result, ImmutableMap.of("val_loss", 1.0));
        training.tell(told);
        // Ten results from the third on, without those two: the fourteenth is the tenth.
        assertThat(stopping.stop(told)).isEqualTo(lastUnder && result == 14);
        assertThat(resumed.stop(told)).isEqualTo(lastUnder && result == 14);
        training.probe();
        resumed.restoreHostState(stopping.hostState());
      }
    }
  }

  @Test
  void stop_notAttachedOrNotTold_isRefused() {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER);

    assertThatIllegalStateException()
        .isThrownBy(() -> stopping.stop(loss(1, 1)))
        .withMessage(
            "rule 'emergence_stopping' is a callback too: attach it, or give it to the trainer as"
                + " one");
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 48)) {
      training.attach(stopping);
      String why =
          "rule 'emergence_stopping' must be told of a result, by completed(EpochResult), before"
              + " it is asked of it; got one of step ";
      assertThatIllegalStateException()
          .isThrownBy(() -> stopping.stop(loss(1, 1)))
          .withMessage(why + 1);
      training.tell(loss(1, 1));
      assertThat(stopping.stop(loss(1, 1))).isFalse();
      assertThatIllegalStateException()
          .isThrownBy(() -> stopping.stop(loss(2, 1)))
          .withMessage(why + 2);
    }
  }

  @Test
  void attach_twoOfOneName_isRefused() {
    EmergenceStopping first = EmergenceStopping.when(() -> history(0), NEVER);
    EmergenceStopping second = EmergenceStopping.when(() -> history(0), NEVER);
    EmergenceStopping named = second.withName("second");
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 49)) {
      training.attach(first);
      int attached = training.run().operations();

      assertThatIllegalArgumentException()
          .isThrownBy(() -> training.attach(second))
          .withMessage(
              "callback 'emergence_stopping': the graph has a variable"
                  + " 'emergence_stopping/first_kernel' already; give each callback a name of its"
                  + " own");
      assertThat(training.run().operations()).isEqualTo(attached);
      assertThatIllegalStateException().isThrownBy(() -> training.attach(first));
      training.attach(named);
      assertThat(named.state()).hasSameSizeAs(first.state());
    }
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

  /* Saved in between, the new best would stand over copies of the old one, or over zeros. */
  @Test
  void hostState_copyIsDue_isRefusedUntilItIsMade() {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 50)) {
      training.attach(stopping);
      ByteString none = stopping.hostState();
      training.tell(loss(0, 2));

      assertThatIllegalStateException()
          .isThrownBy(stopping::hostState)
          .withMessage(
              "callback 'emergence_stopping': the weights of epoch 0 wait for a step of PROBE to be"
                  + " kept; save behind it");
      training.probe();
      assertThat(stopping.hostState()).isNotEqualTo(none);
    }
  }

  /**
   * What another callback throws, when asked or when told, does not keep the copy from being made.
   */
  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void end_otherCallbackThrewInTheProbe_putsTheBestWeightsBack(boolean asked, boolean before) {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER);
    boolean[] throwing = {true};
    TrainingCallback broken = throwing(throwing, asked);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 58)) {
      training.attach(before ? broken : stopping);
      training.attach(before ? stopping : broken);
      training.update(4);
      training.tell(loss(1, 1));
      List<float[]> best = training.weights();

      assertThatIllegalStateException().isThrownBy(training::probe).withMessage("disk full");
      throwing[0] = false;
      training.update(4);
      training.end();

      assertThat(training.weights()).usingRecursiveComparison().isEqualTo(best);
    }
  }

  /** A step that was asked for and not run: zeros, or older weights, would come back. */
  @Test
  void end_copyAskedForButNeverMade_leavesTheWeights() {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 59)) {
      training.attach(stopping);
      training.update(4);
      training.tell(loss(1, 1));
      Step probe = new Step(Phase.PROBE, 1, 1, true, true);
      assertThat(stopping.request(probe).fetches()).hasSize(1);
      List<float[]> last = training.weights();

      assertThatIllegalStateException().isThrownBy(stopping::hostState);
      training.end();

      assertThat(training.weights()).usingRecursiveComparison().isEqualTo(last);
      assertThat(stopping.request(probe).fetches()).hasSize(1);
    }
  }

  private static TrainingCallback throwing(boolean[] now, boolean asked) {
    return new TrainingCallback() {
      @Override
      public void attach(TrainingGraph graph) {}

      @Override
      public StepRequest request(Step step) {
        fail(asked && step.phase() == Phase.PROBE);
        return StepRequest.NOTHING;
      }

      @Override
      public void completed(StepResult result) {
        fail(!asked && result.step().phase() == Phase.PROBE);
      }

      private void fail(boolean here) {
        if (here && now[0]) {
          throw new IllegalStateException("disk full");
        }
      }
    };
  }

  @Test
  void restoreHostState_ofAnother_goesOnFromItsBest() {
    EmergenceStopping before = EmergenceStopping.when(() -> history(0), NEVER);
    EmergenceStopping after = before.withName(before.name());
    EmergenceStopping other = after.withGoal(MetricGoal.VALIDATION_ACCURACY);
    EmergenceStopping reversed = after.withGoal(MetricGoal.higher("val_loss"));
    ByteString saved = bestOfEpochOne(before);

    after.restoreHostState(saved);
    assertThat(after.hostState()).isEqualTo(saved);
    after.completed(loss(2, 1.5));

    assertThat(after.bestEpoch()).hasValue(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> other.restoreHostState(saved))
        .withMessage(
            "callback 'emergence_stopping' keeps the best by higher val_accuracy, got the best by"
                + " lower val_loss");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reversed.restoreHostState(saved))
        .withMessage(
            "callback 'emergence_stopping' keeps the best by higher val_loss, got the best by lower"
                + " val_loss");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> other.restoreHostState(ByteString.copyFromUtf8("no message")))
        .withMessageStartingWith(
            "callback 'emergence_stopping': found 10 bytes that are no complete message, expected"
                + " the state of a stopping rule: ");
  }

  /* What it was before it told of the direction and of results. */
  @Test
  void restoreHostState_ofAnOlderCheckpoint_isTakenUp() {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER);
    SavedStopping.Builder old =
        SavedStopping.newBuilder().setMetric("val_loss").setBest(1).setEpoch(1);
    old.setSha256(Hashing.sha256().hashBytes(old.build().toByteArray()).toString());

    stopping.restoreHostState(old.build().toByteString());

    assertThat(stopping.bestEpoch()).hasValue(1);
  }

  @Test
  void restoreHostState_damaged_isRefused() {
    EmergenceStopping stopping = EmergenceStopping.when(() -> history(0), NEVER);
    ByteString saved = bestOfEpochOne(stopping);
    for (int i = 0; i < saved.size(); i++) {
      byte[] damaged = saved.toByteArray();
      damaged[i] ^= 1;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> stopping.restoreHostState(ByteString.copyFrom(damaged)))
          .withMessageStartingWith("callback 'emergence_stopping': found ");
    }
    for (int length = 0; length < saved.size(); length++) {
      ByteString cut = saved.substring(0, length);
      assertThatIllegalArgumentException().isThrownBy(() -> stopping.restoreHostState(cut));
    }
    assertThat(stopping.bestEpoch()).hasValue(1);
  }

  /* Weights of epoch 1 would come back unpruned where the resumed training prunes up to epoch 10. */
  @Test
  void restoreHostState_bestBeforeTheLeastEpoch_isNotTheBest() {
    EmergenceStopping before = EmergenceStopping.when(() -> history(0), NEVER);
    EmergenceStopping after = before.notBefore(10);
    ByteString saved = bestOfEpochOne(before);
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 52)) {
      training.attach(after);
      after.restoreHostState(saved);
      training.update(4);
      List<float[]> last = training.weights();
      training.end();

      assertThat(after.bestEpoch()).isEmpty();
      assertThat(training.weights()).usingRecursiveComparison().isEqualTo(last);
      training.tell(loss(10, 7));
      assertThat(after.bestEpoch()).hasValue(10);
    }
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
      assertThatIllegalArgumentException()
          .isThrownBy(() -> second.restoreHostState(saved.substring(0, saved.size() / 2)));
      assertThat(second.history()).isEqualTo(whole.history());
    }
  }

  @Test
  void restoreHostState_ofAnotherMeasurement_isRefused() {
    EmergenceCallback callback = EmergenceCallback.builder().build();
    EmergenceCallback strict =
        EmergenceCallback.builder().measure(LayerEmergence.STRICT).name("strict").build();
    EmergenceCallback sampled =
        EmergenceCallback.builder().everyTrainingSteps(1).name("sampled").build();
    EmergenceCallback tapped =
        EmergenceCallback.builder().tapPoint(TapPoint.BEFORE_NORMALIZATION).name("tapped").build();
    ByteString saved;
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 53)) {
      List.of(callback, strict, sampled, tapped).forEach(training::attach);
      training.evaluate(4);
      saved = callback.hostState();
      String rest =
          ", active: mean activation > 0.05, sampled: evaluation passes, every step, read: ";
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strict.restoreHostState(saved))
          .withMessage(
              "callback 'strict': measures measure: strict"
                  + rest
                  + "activation, layers: first, second, logits; got a history of measure: published"
                  + rest
                  + "activation, layers: first, second, logits");
      for (EmergenceCallback other : List.of(sampled, tapped)) {
        assertThatIllegalArgumentException().isThrownBy(() -> other.restoreHostState(saved));
      }
    }
    EmergenceCallback otherNetwork =
        EmergenceCallback.builder().measure(LayerEmergence.PUBLISHED).build();
    EmergenceCallback otherUnits = EmergenceCallback.builder().build();
    try (SkipTraining training = new SkipTraining(54);
        TinyTraining wider = new TinyTraining(Kind.RESOURCE, 55)) {
      training.attach(otherNetwork);
      assertThatIllegalArgumentException().isThrownBy(() -> otherNetwork.restoreHostState(saved));
      wider.attach(otherUnits);
      EmergenceHistory history = HistoryProto.of(saved);
      EmergenceReading reading = history.readings().get(0);
      List<LayerActivity> layers = new ArrayList<>(reading.counts().layers());
      for (int units : new int[] {6, 8, 14}) {
        layers.set(1, new LayerActivity("second", units, 1, 0));
        ByteString ofOthers =
            HistoryProto.bytes(
                new EmergenceHistory(
                    history.measured(),
                    ImmutableList.of(
                        new EmergenceReading(
                            0,
                            0,
                            new ActivityCounts(ImmutableList.copyOf(layers), 4),
                            Optional.empty(),
                            1,
                            10))));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> otherUnits.restoreHostState(ofOthers))
            .withMessage(
                "callback 'emergence': measures layer 'second' of 7, got a history of 'second' of "
                    + units
                    + " at step 0");
      }
    }
  }

  @Test
  void hostState_sampleWaitsForItsE_isRefused() {
    EmergenceCallback callback =
        EmergenceCallback.builder().measure(ExactEmergence.ANY_UNIT).everyTrainingSteps(1).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 56)) {
      training.attach(callback);
      training.update(3);

      assertThatIllegalStateException()
          .isThrownBy(callback::hostState)
          .withMessage(
              "callback 'emergence': the sample of step 1 waits for a step of PROBE; save behind"
                  + " it");
      assertThatIllegalStateException().isThrownBy(training::end);
      training.probe();
      assertThat(HistoryProto.of(callback.hostState()).readings()).hasSize(1);
      training.end();
    }
  }

  /** Gives the state of a rule whose best epoch is 1. */
  private static ByteString bestOfEpochOne(EmergenceStopping stopping) {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 51)) {
      training.attach(stopping);
      training.tell(loss(0, 2));
      training.probe();
      training.tell(loss(1, 1));
      training.probe();
    }
    return stopping.hostState();
  }

  private static EpochResult loss(int epoch, double loss) {
    return new EpochResult(epoch, epoch, ImmutableMap.of("val_loss", loss));
  }

  /* One of each epoch, under the level 3. */
  private static EmergenceHistory history(int readings) {
    return history(
        IntStream.range(0, readings)
            .mapToObj(i -> reading(i, 1))
            .collect(ImmutableList.toImmutableList()));
  }

  private static EmergenceHistory history(ImmutableList<EmergenceReading> readings) {
    return new EmergenceHistory("published", ActivityRule.DEFAULT, readings);
  }

  private static EmergenceReading reading(int step, double log10) {
    ActivityCounts counts =
        new ActivityCounts(ImmutableList.of(new LayerActivity("a", 2, 1, 0)), 1);
    return new EmergenceReading(step, step, counts, Optional.empty(), log10, 10);
  }
}
