package org.tfemergence.emergence.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.activity.ActivityCounter;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.Reducer;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.measure.ExactEmergence;
import org.tfemergence.emergence.measure.LayerEmergence;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.report.LayerContribution;
import org.tfemergence.emergence.report.Measured;
import org.tfemergence.emergence.report.ReadingSink;
import org.tfemergence.emergence.testing.TinyTraining;
import org.tfemergence.emergence.testing.TinyTraining.Kind;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.TrainingGraph;

final class EmergenceCallbackTest {
  /** All parameters of {@link TinyTraining}. */
  private static final long TOTAL = 7 * 9 + 10 * 7 + 8 * 3;

  private static final ActivityRule MAX = new ActivityRule(Reducer.max(), 0.5);

  @ParameterizedTest
  @EnumSource
  void completed_trainingSteps_readsEachMeasuredBatch(Kind kind) {
    EmergenceCallback callback = EmergenceCallback.builder().everyTrainingSteps(3).build();
    try (TinyTraining training = new TinyTraining(kind, 11)) {
      training.attach(callback);
      List<ActivityCounts> expected = new ArrayList<>();
      for (int i = 1; i <= 10; i++) {
        float[][] seen = training.update(4 + i);
        if (i % 3 == 0) {
          expected.add(direct(ActivityRule.DEFAULT, training, List.<float[][]>of(seen)));
        }
      }

      assertReadings(training, callback, expected);
      assertThat(callback.history().readings())
          .extracting(EmergenceReading::step)
          .containsExactly(3L, 6L, 9L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void completed_evaluationPasses_readsEachPassAsAWhole(Kind kind) {
    EmergenceCallback callback = EmergenceCallback.builder().build();
    try (TinyTraining training = new TinyTraining(kind, 12)) {
      training.attach(callback);
      List<ActivityCounts> expected = new ArrayList<>();
      expected.add(direct(ActivityRule.DEFAULT, training, training.evaluate(5)));
      for (int epoch = 0; epoch < 3; epoch++) {
        training.update(8);
        training.update(8);
        expected.add(direct(ActivityRule.DEFAULT, training, training.evaluate(7, 7, 3)));
      }

      assertReadings(training, callback, expected);
      assertThat(callback.history().readings())
          .extracting(EmergenceReading::step)
          .containsExactly(0L, 2L, 4L, 6L);
    }
  }

  @Test
  void completed_severalCallbacks_readWhatEachReadsAlone() {
    EmergenceCallback training = EmergenceCallback.builder().everyTrainingSteps(1).build();
    EmergenceCallback same = EmergenceCallback.builder().everyTrainingSteps(1).build();
    EmergenceCallback max = EmergenceCallback.builder().everyTrainingSteps(2).rule(MAX).build();
    EmergenceCallback evaluation = EmergenceCallback.builder().rule(MAX).build();
    try (TinyTraining loop = new TinyTraining(Kind.RESOURCE, 13)) {
      List.of(training, same, max, evaluation).forEach(loop::attach);
      List<ActivityCounts> ofEach = new ArrayList<>();
      List<ActivityCounts> ofSecond = new ArrayList<>();
      List<ActivityCounts> ofPasses = new ArrayList<>();
      for (int i = 1; i <= 4; i++) {
        List<float[][]> seen = List.<float[][]>of(loop.update(6));
        ofEach.add(direct(ActivityRule.DEFAULT, loop, seen));
        if (i % 2 == 0) {
          ofSecond.add(direct(MAX, loop, seen));
        }
        ofPasses.add(direct(MAX, loop, loop.evaluate(2, 3)));
      }

      assertReadings(loop, training, ofEach);
      assertReadings(loop, same, ofEach);
      assertReadings(loop, max, ofSecond);
      assertReadings(loop, evaluation, ofPasses);
    }
  }

  @Test
  void attach_anyCallback_leavesTheTrainingBitIdentical() {
    try (TinyTraining plain = new TinyTraining(Kind.RESOURCE, 14);
        TinyTraining watched = new TinyTraining(Kind.RESOURCE, 14)) {
      watched.attach(EmergenceCallback.builder().everyTrainingSteps(1).build());
      for (int i = 0; i < 20; i++) {
        plain.update(8);
        watched.update(8);
      }

      assertThat(watched.weights()).usingRecursiveComparison().isEqualTo(plain.weights());
    }
  }

  @Test
  void request_wholeTraining_addsNoOperation() {
    EmergenceCallback callback = EmergenceCallback.builder().everyTrainingSteps(2).build();
    EmergenceCallback passes = EmergenceCallback.builder().build();
    try (TinyTraining training = new TinyTraining(Kind.REFERENCE, 15)) {
      int bare = training.run().operations();
      training.attach(callback);
      training.attach(passes);
      int attached = training.run().operations();
      for (int i = 0; i < 4; i++) {
        training.update(3);
        training.evaluate(2, 2);
      }

      assertThat(attached).isGreaterThan(bare);
      assertThat(training.run().operations()).isEqualTo(attached);
    }
  }

  @Test
  void completed_withListenerAndParameters_tellsBoth() {
    List<EmergenceReading> heard = new ArrayList<>();
    long[] left = {100};
    EmergenceCallback callback =
        EmergenceCallback.builder()
            .everyTrainingSteps(1)
            .parameters(() -> left[0])
            .listener(heard::add)
            .build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 16)) {
      training.attach(callback);
      training.update(5);
      left[0] = 10;
      training.update(5);
    }

    assertThat(heard).isEqualTo(callback.history().readings());
    assertThat(heard).extracting(EmergenceReading::parameters).containsExactly(100L, 10L);
    assertThat(heard.get(1).log10Relative()).isCloseTo(heard.get(1).log10() - 1, within(1e-12));
  }

  @Test
  void history_takenEarly_staysAsItWas() {
    EmergenceCallback callback =
        EmergenceCallback.builder().everyTrainingSteps(1).rule(MAX).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 17)) {
      training.attach(callback);
      training.update(5);
      var early = callback.history();
      training.update(5);

      assertThat(early.readings()).hasSize(1);
      assertThat(early.rule()).isEqualTo(MAX);
      assertThat(early.measure()).isEqualTo(LayerEmergence.PUBLISHED.name());
      assertThat(callback.history().readings()).hasSize(2);
    }
  }

  @Test
  void builder_changedAfterBuild_leavesTheCallbackAlone() {
    EmergenceCallbackBuilder builder = EmergenceCallback.builder();
    EmergenceCallback first = builder.build();

    builder.rule(MAX);

    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 22)) {
      EmergenceCallback second = builder.name("second").build();
      assertThatIllegalStateException().isThrownBy(first::history);
      training.attach(first);
      training.attach(second);
      assertThat(first.history().rule()).isEqualTo(ActivityRule.DEFAULT);
      assertThat(second.history().rule()).isEqualTo(MAX);
    }
  }

  @Test
  void history_ofACallback_saysWhatItIsOf() {
    EmergenceCallback callback =
        EmergenceCallback.builder()
            .sampling(Sampling.evaluationPasses(Every.epochs(3)))
            .tapPoint(TapPoint.BEFORE_NORMALIZATION)
            .build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 23)) {
      training.attach(callback);
    }

    assertThat(callback.history().measured())
        .isEqualTo(
            new Measured(
                "published",
                ActivityRule.DEFAULT,
                Optional.of(
                    new Measured.Place(
                        "evaluation passes, every 3 epochs",
                        TapPoint.BEFORE_NORMALIZATION,
                        ImmutableList.of("first", "second", "logits")))));
    assertThat(Sampling.EACH_EVALUATION).hasToString("evaluation passes, every step");
    assertThat(Sampling.trainingBatches(Every.epochs(1)))
        .hasToString("training batches, every epoch");
    assertThat(Sampling.probe(ImmutableMap::of, Every.steps(9)))
        .hasToString("a probe batch, every 9 steps");
  }

  @Test
  void completed_beforeNormalization_readsTheKernelsOutput() {
    EmergenceCallback before =
        EmergenceCallback.builder().tapPoint(TapPoint.BEFORE_NORMALIZATION).build();
    EmergenceCallback behind = EmergenceCallback.builder().name("behind").build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 24)) {
      TrainingGraph with = training.normalized();
      training.attach(before, with);
      training.attach(behind, with);
      training.evaluate(6, 5);

      ImmutableList<LayerActivity> kernels = before.history().readings().get(0).counts().layers();
      ImmutableList<LayerActivity> outputs = behind.history().readings().get(0).counts().layers();
      assertThat(kernels.get(0).active()).isZero();
      assertThat(outputs.get(0).active()).isPositive();
      assertThat(kernels.subList(1, 3)).isEqualTo(outputs.subList(1, 3));
    }
  }

  @Test
  void sink_ofACallback_isToldWhatItIsOfBeforeTheReadings() {
    List<Object> heard = new ArrayList<>();
    ReadingSink sink =
        new ReadingSink() {
          @Override
          public void begin(Measured measured) {
            heard.add(measured);
          }

          @Override
          public void accept(EmergenceReading reading) {
            heard.add(reading);
          }
        };
    EmergenceCallback callback = EmergenceCallback.builder().sink(sink).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 25)) {
      training.attach(callback);
      training.evaluate(3);
      training.evaluate(3);
    }

    assertThat(heard).hasSize(3).startsWith(callback.history().measured());
    assertThat(heard.subList(1, 3)).isEqualTo(callback.history().readings());
  }

  @ParameterizedTest
  @EnumSource
  void completed_maskedKernels_dividesByWhatIsLeft(Kind kind) {
    EmergenceCallback passes = EmergenceCallback.builder().build();
    EmergenceCallback probe =
        EmergenceCallback.builder()
            .name("probe")
            .sampling(
                Sampling.probe(
                    ProbeBatch.of("input", Shape.of(1, 6), 1, 2, 3, 4, 5, 6), Every.steps(1)))
            .build();
    EmergenceCallback exact =
        EmergenceCallback.builder()
            .name("exact")
            .measure(ExactEmergence.ANY_UNIT)
            .everyTrainingSteps(1)
            .build();
    EmergenceCallback counts =
        EmergenceCallback.builder().name("counts").everyTrainingSteps(1).build();
    EmergenceCallback told = EmergenceCallback.builder().name("told").parameters(() -> 5).build();
    try (TinyTraining training = new TinyTraining(kind, 26)) {
      List.of(passes, probe, exact, counts, told).forEach(training::attach);
      Weight kernel = training.graph().weights().get(2); // [9, 7]
      Weight bias = training.graph().weights().get(3); // is never masked
      float[] masked = new float[63];
      Arrays.fill(masked, 20, 63, 0.1f);
      masked[30] = -0f;
      var tf = training.run().tf();
      var prune = kernel.assign(tf, training.run().constant(Shape.of(9, 7), masked));
      var unbias = bias.assign(tf, training.run().constant(Shape.of(7), new float[7]));

      training.update(4);
      training.run().run(prune);
      training.run().run(unbias);
      training.probe();
      training.evaluate(4, 3);

      long left = TOTAL - 21;
      assertThat(passes.history().readings().get(0).parameters()).isEqualTo(left);
      assertThat(probe.history().readings().get(0).parameters()).isEqualTo(left);
      assertThat(exact.history().readings().get(0).parameters()).isEqualTo(left);
      assertThat(counts.history().readings().get(0).parameters()).isEqualTo(TOTAL);
      assertThat(told.history().readings().get(0).parameters()).isEqualTo(5);
    }
  }

  /* As the row of padding in a table: no mask, until there is one. */
  @ParameterizedTest
  @EnumSource
  void completed_firstRowOfZeros_countsWithOthersOnly(Kind kind) {
    EmergenceCallback callback = EmergenceCallback.builder().build();
    try (TinyTraining training = new TinyTraining(kind, 26)) {
      training.attach(callback);
      Weight kernel = training.graph().weights().get(2); // [9, 7]
      var tf = training.run().tf();
      float[] first = new float[63];
      Arrays.fill(first, 7, 63, 0.1f);
      float[] more = first.clone();
      more[30] = 0;
      float[] almost = first.clone();
      almost[3] = 1;
      for (float[] values : List.of(first, more, almost)) {
        var assigned = kernel.assign(tf, training.run().constant(Shape.of(9, 7), values));
        training.run().run(assigned);
        training.evaluate(4);
      }
    }
    assertThat(callback.history().readings())
        .extracting(EmergenceReading::parameters)
        .containsExactly(TOTAL, TOTAL - 8L, TOTAL - 6L);
  }

  @Test
  void explain_reading_addsUpToItsE() {
    EmergenceCallback callback = EmergenceCallback.builder().everyTrainingSteps(1).build();
    EmergenceCallback exact =
        EmergenceCallback.builder().name("exact").measure(ExactEmergence.ANY_UNIT).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 29)) {
      training.attach(callback);
      training.attach(exact);
      training.update(3);
      training.evaluate(3);
    }

    EmergenceReading reading = callback.history().readings().get(0);
    BigInteger begins = BigInteger.ZERO;
    for (LayerContribution layer : callback.explain(reading)) {
      begins = begins.add(layer.begins());
    }
    assertThat(begins).isPositive().isEqualTo(reading.emergence().orElseThrow().paths());
    assertThat(callback.explain(reading))
        .extracting(LayerContribution::layer)
        .containsExactly("first", "second", "logits");
    assertThatIllegalStateException()
        .isThrownBy(() -> exact.explain(exact.history().readings().get(0)))
        .withMessage(
            "counts do not tell how E by measure exact, mean activation > 0.05 came about");
  }

  @Test
  void request_probeBatchInALoopWithoutProbes_isRefused() {
    EmergenceCallback callback =
        EmergenceCallback.builder()
            .sampling(
                Sampling.probe(
                    ProbeBatch.of("input", Shape.of(1, 6), 1, 2, 3, 4, 5, 6), Every.steps(100)))
            .build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 27)) {
      training.attach(callback);
      training.update(3);
      training.probe();
      training.update(3);

      String why = "a probe batch needs a step of PROBE after each update, got none after step 2";
      assertThatIllegalStateException().isThrownBy(() -> training.update(3)).withMessage(why);
      assertThatIllegalStateException().isThrownBy(training::end).withMessage(why);
    }
  }

  /** What counts is the steps that were done, not those that were asked for and failed. */
  @Test
  void request_stepsThatFailed_areNotDone() {
    EmergenceCallback callback =
        EmergenceCallback.builder()
            .sampling(
                Sampling.probe(
                    ProbeBatch.of("input", Shape.of(1, 6), 1, 2, 3, 4, 5, 6), Every.steps(1)))
            .build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 30)) {
      training.attach(callback);
      callback.request(new Step(Phase.TRAINING, 1, 1, true, false));
      training.end();
      training.update(3);
      callback
          .request(new Step(Phase.PROBE, 1, 1, true, false))
          .feeds()
          .values()
          .forEach(Tensor::close);

      assertThatIllegalStateException()
          .isThrownBy(() -> training.update(3))
          .withMessage(
              "a probe batch needs a step of PROBE after each update, got none after step 1");
    }
  }

  @Test
  void probeBatch_ofNoExampleOrAnotherShape_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProbeBatch.of("input", Shape.of(0, 6)))
        .withMessage("shape of a probe batch must be of at least one example, got [0, 6]");
    ProbeBatch wide = ProbeBatch.of("input", Shape.of(1, 7), 1, 2, 3, 4, 5, 6, 7);
    ProbeBatch none = () -> ImmutableMap.of("input", TFloat32.tensorOf(Shape.of(0, 6)));
    ProbeBatch whole = () -> ImmutableMap.of("input", TInt32.tensorOf(Shape.of(1, 6)));
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 28)) {
      for (ProbeBatch batch : List.of(wide, none, whole)) {
        EmergenceCallback callback =
            EmergenceCallback.builder().sampling(Sampling.probe(batch, Every.steps(1))).build();
        assertThatIllegalArgumentException()
            .isThrownBy(() -> training.attach(callback))
            .withMessageStartingWith(
                "a probe batch must feed input 'input' with at least one example of DT_FLOAT[-1, 6],"
                    + " got ");
      }
    }
  }

  @Test
  void everyTrainingSteps_zero_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmergenceCallback.builder().everyTrainingSteps(0))
        .withMessage("k must be at least 1, got 0");
  }

  @Test
  void attach_tapsOfOtherLayers_areRefused() {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 18)) {
      ImmutableList<Tap> taps = training.graph().evaluationTaps();

      assertRefused(
          training, taps.subList(0, 2), "the network has 3 layers, the graph taps 2 in EVALUATION");
      assertRefused(
          training,
          taps.reverse(),
          "layer 0: the network has 'first' of 9 units, the tap is of 'logits' with 3");
      assertRefused(
          training,
          ImmutableList.of(taps.get(0), new Tap("second", taps.get(0).activations()), taps.get(2)),
          "layer 1: the network has 'second' of 7 units, the tap is of 'second' with 9");
    }
  }

  @Test
  void completed_byChannel_readsTheSameOfLayersWithoutPositions() {
    ActivityRule rule = MAX.withGranularity(Granularity.CHANNELS);
    EmergenceCallback callback =
        EmergenceCallback.builder().everyTrainingSteps(1).rule(rule).build();
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 20)) {
      training.attach(callback);
      List<ActivityCounts> expected = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        expected.add(direct(rule, training, List.<float[][]>of(training.update(5))));
      }

      assertReadings(training, callback, expected);
      assertThat(expected.get(0).granularity()).isEqualTo(Granularity.CHANNELS);
    }
  }

  @Test
  void attach_tapsOfOtherChannels_areRefusedByChannelOnly() {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 21)) {
      TrainingGraph graph = training.graph();
      List<Layer> layers = new ArrayList<>(graph.network().layers());
      layers.set(0, new Layer("first", ImmutableList.of(3L, 3L), 63, Layer.Role.COUNTED));
      TrainingGraph shaped =
          new TrainingGraph(
              graph.tf(),
              Network.chain(layers),
              graph.weights(),
              graph.trainingTaps(),
              graph.evaluationTaps(),
              graph.update());
      ActivityRule rule = ActivityRule.DEFAULT.withGranularity(Granularity.CHANNELS);

      assertThatIllegalArgumentException()
          .isThrownBy(() -> EmergenceCallback.builder().rule(rule).build().attach(shaped))
          .withMessage(
              "layer 0: the network has 'first' of 3 channels, the tap is of 'first' with 9");
      EmergenceCallback.builder().build().attach(shaped);
    }
  }

  @Test
  void attach_noTapsWhereItSamples_isRefused() {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 19)) {
      TrainingGraph without = training.untapped(Phase.TRAINING);

      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> EmergenceCallback.builder().everyTrainingSteps(1).build().attach(without))
          .withMessage("the network has 3 layers, the graph taps 0 in TRAINING");
    }
  }

  private static void assertRefused(TinyTraining training, ImmutableList<Tap> taps, String why) {
    TrainingGraph graph = training.graph();
    TrainingGraph mismatched =
        new TrainingGraph(graph.tf(), graph.network(), graph.weights(), taps, taps, graph.update());
    int before = training.run().operations();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmergenceCallback.builder().build().attach(mismatched))
        .withMessage(why);
    assertThat(training.run().operations()).isEqualTo(before);
  }

  private static void assertReadings(
      TinyTraining training, EmergenceCallback callback, List<ActivityCounts> expected) {
    List<EmergenceReading> readings = callback.history().readings();
    assertThat(readings).extracting(EmergenceReading::counts).isEqualTo(expected);
    Network network = training.graph().network();
    for (EmergenceReading reading : readings) {
      var exact = LayerEmergence.PUBLISHED.measure(network, reading.counts());
      assertThat(reading.emergence()).contains(exact);
      assertThat(reading.parameters()).isEqualTo(TOTAL);
      if (exact.paths().signum() == 0) {
        assertThat(reading.log10()).isEqualTo(Double.NEGATIVE_INFINITY);
      } else {
        assertThat(reading.log10()).isCloseTo(exact.log10(), within(1e-12));
      }
    }
  }

  private static ActivityCounts direct(
      ActivityRule rule, TinyTraining training, List<float[][]> batches) {
    ImmutableList<Layer> layers = training.graph().network().layers();
    ActivityCounter counter =
        new ActivityCounter(
            rule,
            layers.stream().map(Layer::name).collect(ImmutableList.toImmutableList()),
            layers.stream().mapToInt(layer -> (int) layer.units()).toArray());
    for (float[][] batch : batches) {
      for (int i = 0; i < batch.length; i++) {
        counter.add(i, batch[i]);
      }
    }
    return counter.snapshot();
  }
}
