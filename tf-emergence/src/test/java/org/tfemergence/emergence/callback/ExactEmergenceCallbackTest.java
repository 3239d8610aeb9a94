package org.tfemergence.emergence.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.measure.Emergence;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.ExactEmergence.Passing;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.testing.SkipTraining;
import org.tfemergence.emergence.testing.TinyTraining;
import org.tfemergence.emergence.testing.TinyTraining.Kind;

/** What the callback reads off the device, against the reference in Java. */
final class ExactEmergenceCallbackTest {
  private static final ActivityRule RULE = ActivityRule.DEFAULT;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void completed_trainingBatches_readsWhatTheReferenceCounts(long seed) {
    for (Passing passing : Passing.values()) {
      ExactEmergence exact = new ExactEmergence(passing);
      EmergenceCallback callback =
          EmergenceCallback.builder().measure(exact).everyTrainingSteps(1).build();
      try (SkipTraining training = new SkipTraining(seed)) {
        training.attach(callback);
        for (int i = 0; i < 3; i++) {
          float[][] seen = training.update(training.draw(4));
          assertLast(callback, reference(training, exact, List.<float[][]>of(seen)));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void completed_evaluationPasses_readsWhatTheReferenceCounts(long seed) {
    EmergenceCallback callback = EmergenceCallback.builder().build();
    try (SkipTraining training = new SkipTraining(seed)) {
      training.attach(callback);
      for (int batches = 1; batches <= 3; batches++) {
        training.update(training.draw(4));
        List<float[]> pass = new ArrayList<>();
        List<float[][]> seen = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
          pass.add(training.draw(2 + i));
          seen.add(training.activations(pass.get(i)));
        }
        training.evaluate(pass);

        assertLast(callback, reference(training, ExactEmergence.ANY_UNIT, seen));
      }
      assertThat(callback.history().measure()).isEqualTo("exact");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24})
  void completed_probeBatch_readsTheSameExamplesEachTime(long seed) {
    try (SkipTraining training = new SkipTraining(seed)) {
      float[] fixed = training.draw(5);
      EmergenceCallback callback =
          EmergenceCallback.builder()
              .sampling(
                  Sampling.probe(
                      ProbeBatch.of("input", SkipTraining.batch(5), fixed), Every.steps(2)))
              .build();
      training.attach(callback);
      for (int i = 1; i <= 4; i++) {
        training.update(training.draw(3));
        assertThat(callback.history().readings()).hasSize(i / 2);
        if (i % 2 == 0) {
          List<float[][]> seen = List.<float[][]>of(training.activations(fixed));
          assertLast(callback, reference(training, ExactEmergence.ANY_UNIT, seen));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void completed_denseChain_readsWhatTheFormulaGives(Kind kind) {
    EmergenceCallback exact =
        EmergenceCallback.builder().measure(ExactEmergence.ANY_UNIT).name("exact").build();
    EmergenceCallback published = EmergenceCallback.builder().build();
    try (TinyTraining training = new TinyTraining(kind, 31)) {
      training.attach(exact);
      training.attach(published);
      for (int i = 0; i < 4; i++) {
        training.update(5);
        training.evaluate(3, 4);
      }

      List<EmergenceReading> formula = published.history().readings();
      assertThat(published.history().measure()).isEqualTo("published");
      assertThat(exact.history().readings()).hasSameSizeAs(formula);
      for (int i = 0; i < formula.size(); i++) {
        EmergenceReading reading = exact.history().readings().get(i);
        assertThat(reading.counts()).isEqualTo(formula.get(i).counts());
        assertThat(reading.log10()).isCloseTo(formula.get(i).log10(), within(1e-12));
        assertThat(reading.emergence()).isEmpty();
      }
    }
  }

  @Test
  void request_loopWithoutStepsOfItsOwn_isRefused() {
    EmergenceCallback callback =
        EmergenceCallback.builder().measure(ExactEmergence.ANY_UNIT).everyTrainingSteps(1).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 32)) {
      training.attach(callback);
      training.update(3);

      assertThatIllegalStateException()
          .isThrownBy(() -> training.update(3))
          .withMessage(
              "exact connectivity needs a step of PROBE after each update, got none after step 1");
    }
  }

  @Test
  void attach_channels_areRefusedForExactAndPublishedByDefault() {
    ActivityRule channels = RULE.withGranularity(Granularity.CHANNELS);
    try (SkipTraining training = new SkipTraining(33)) {
      EmergenceCallback open = EmergenceCallback.builder().rule(channels).build();
      open.attach(training.graph());
      assertThat(open.history().measure()).isEqualTo("published");

      EmergenceCallback exact =
          EmergenceCallback.builder().rule(channels).measure(ExactEmergence.ANY_UNIT).build();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> exact.attach(training.graph()))
          .withMessage("exact connectivity is of units, got a rule by CHANNELS");
    }
  }

  @Test
  void attach_kernelOfAnotherSize_isRefused() {
    try (SkipTraining training = new SkipTraining(34)) {
      Weight branch = training.graph().kernels().get("branch");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  EmergenceCallback.builder()
                      .build()
                      .attach(training.graph().withKernels(ImmutableMap.of("logits", branch))))
          .withMessage(
              "kernel of layer 'logits': expected weights [6, 3] for what 'sum' feeds, got [6,"
                  + " 6]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> training.graph().withKernels(ImmutableMap.of("sum", branch)))
          .withMessage("kernels must be of layers that count, got one of 'sum'");
    }
  }

  @Test
  void attach_probeBatchOfOtherInputs_isRefused() {
    try (SkipTraining training = new SkipTraining(35)) {
      ProbeBatch other = ProbeBatch.of("pictures", SkipTraining.batch(1), training.draw(1));
      EmergenceCallback callback =
          EmergenceCallback.builder().sampling(Sampling.probe(other, Every.epochs(1))).build();

      assertThatIllegalArgumentException()
          .isThrownBy(() -> callback.attach(training.graph()))
          .withMessage("a probe batch must feed the inputs [input] of the graph, got [pictures]");
    }
  }

  private static Emergence reference(
      SkipTraining training, ExactEmergence exact, List<float[][]> seen) {
    return exact.measure(
        training.graph().network(), training.activity(RULE, seen), training.connections());
  }

  private static void assertLast(EmergenceCallback callback, Emergence expected) {
    List<EmergenceReading> readings = callback.history().readings();
    EmergenceReading last = readings.get(readings.size() - 1);
    assertThat(last.emergence()).isEmpty();
    if (expected.paths().signum() == 0) {
      assertThat(last.log10()).isEqualTo(Double.NEGATIVE_INFINITY);
    } else {
      assertThat(last.log10()).isCloseTo(expected.log10(), within(1e-12));
    }
  }
}
