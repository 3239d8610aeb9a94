package org.tfemergence.emergence.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.ExampleCounter;
import org.tfemergence.emergence.activity.ExampleRule;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.measure.MeanEmergence;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.testing.TinyTraining;
import org.tfemergence.emergence.testing.TinyTraining.Kind;

/** E of each example by itself, averaged, in each phase. */
final class ExampleEmergenceCallbackTest {
  private static final ExampleRule RULE = new ExampleRule(0.2);

  @ParameterizedTest
  @EnumSource
  void completed_trainingSteps_readsTheMeanOfEachBatch(Kind kind) {
    EmergenceCallback callback = callback().everyTrainingSteps(2).build();
    try (TinyTraining training = new TinyTraining(kind, 41)) {
      training.attach(callback);
      List<ExampleCounter> expected = new ArrayList<>();
      for (int i = 1; i <= 6; i++) {
        float[][] seen = training.update(4 + i);
        if (i % 2 == 0) {
          expected.add(counter(training, List.<float[][]>of(seen)));
        }
      }

      assertReadings(training, callback, expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void completed_evaluationPasses_readsTheMeanOfEachPass(Kind kind) {
    EmergenceCallback callback = callback().build();
    try (TinyTraining training = new TinyTraining(kind, 42)) {
      training.attach(callback);
      List<ExampleCounter> expected = new ArrayList<>();
      expected.add(counter(training, training.evaluate(5)));
      for (int epoch = 0; epoch < 3; epoch++) {
        training.update(8);
        expected.add(counter(training, training.evaluate(7, 7, 3)));
      }

      assertReadings(training, callback, expected);
    }
  }

  @Test
  void completed_probeBatchOfOne_readsWhatTheMeanReducerDoes() {
    ProbeBatch batch = ProbeBatch.of("input", Shape.of(1, 6), 1, -2, 0.5f, 3, -1, 2);
    Sampling sampling = Sampling.probe(batch, Every.steps(1));
    EmergenceCallback each = callback().sampling(sampling).build();
    EmergenceCallback mean =
        EmergenceCallback.builder()
            .name("mean")
            .rule(new ActivityRule(Reducer.mean(), RULE.threshold()))
            .sampling(sampling)
            .build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 43)) {
      training.attach(each);
      training.attach(mean);
      training.probe();
      for (int i = 0; i < 3; i++) {
        training.update(4);
        training.probe();
      }
    }

    List<EmergenceReading> readings = each.history().readings();
    assertThat(readings).hasSize(4);
    for (int i = 0; i < readings.size(); i++) {
      EmergenceReading joined = mean.history().readings().get(i);
      assertThat(readings.get(i).counts()).isEqualTo(joined.counts());
      assertThat(readings.get(i).log10()).isFinite().isCloseTo(joined.log10(), within(1e-12));
    }
  }

  @Test
  void restoreHostState_ofTheSameRule_goesOnAndOfAnotherIsRefused() {
    EmergenceCallback callback = callback().everyTrainingSteps(1).build();
    EmergenceCallback again = callback().everyTrainingSteps(1).build();
    EmergenceCallback other = EmergenceCallback.builder().everyTrainingSteps(1).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 44)) {
      List.of(callback, again, other).forEach(training::attach);
      training.update(4);
      training.update(4);
    }
    again.restoreHostState(callback.hostState());

    assertThat(again.history()).isEqualTo(callback.history());
    assertThat(callback.history().rule()).isEqualTo(RULE);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> other.restoreHostState(callback.hostState()))
        .withMessageContaining("activation > 0.2 in each example by itself");
  }

  @Test
  void attach_exactConnectivity_isRefusedByName() {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 45)) {
      int before = training.run().operations();

      assertThatIllegalArgumentException()
          .isThrownBy(() -> training.attach(callback().measure(ExactEmergence.ANY_UNIT).build()))
          .withMessage(
              "E of each example by itself must be published, filters or strict, got measure"
                  + " exact");
      assertThat(training.run().operations()).isEqualTo(before);
    }
  }

  private static EmergenceCallbackBuilder callback() {
    return EmergenceCallback.builder().rule(RULE);
  }

  private static ExampleCounter counter(TinyTraining training, List<float[][]> batches) {
    ExampleCounter counter = new ExampleCounter(RULE, training.graph().network().layers());
    for (float[][] batch : batches) {
      for (int i = 0; i < batch.length; i++) {
        counter.add(i, batch[i]);
      }
    }
    return counter;
  }

  private static void assertReadings(
      TinyTraining training, EmergenceCallback callback, List<ExampleCounter> expected) {
    Network network = training.graph().network();
    List<EmergenceReading> readings = callback.history().readings();
    assertThat(callback.history().measure()).isEqualTo("published");
    assertThat(readings).hasSameSizeAs(expected);
    for (int i = 0; i < readings.size(); i++) {
      MeanEmergence mean =
          MeanEmergence.of(
              expected.get(i).examples().stream()
                  .map(one -> LayerEmergence.PUBLISHED.measure(network, one))
                  .toList());
      assertThat(readings.get(i).counts()).isEqualTo(expected.get(i).snapshot());
      assertThat(readings.get(i).emergence()).isEmpty();
      assertThat(readings.get(i).log10()).isFinite().isCloseTo(mean.log10(), within(1e-12));
    }
  }
}
