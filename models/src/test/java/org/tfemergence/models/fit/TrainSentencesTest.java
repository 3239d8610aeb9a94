package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.data.SentencePairs;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.testing.Copies;
import org.tfemergence.models.testing.Recorder;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;

final class TrainSentencesTest {
  private static final int VOCABULARY = 11;
  private static final Transformer MODEL = Transformer.of(VOCABULARY, VOCABULARY, 16, 1, 16, 2, 32);
  private static final TokenPrediction OBJECTIVE = new TokenPrediction(SpecialTokens.PADDING, 0.1);

  /** The tokens of all sentences, padded to the longest. */
  private static final int ALL = Math.toIntExact(copies().greatestBatch());

  private static SentencePairs copies() {
    return Copies.of(16, 2, VOCABULARY, 1);
  }

  @Test
  void fit_copies_learnsThemByHeart() {
    TrainerOptions options = new TrainerOptions(ALL, 200, Schedule.constant(0.01), 1);
    SentencePairs data = copies();
    try (Trainer trainer =
        new Trainer(MODEL, OBJECTIVE, Xavier.uniform(1), new Adam(0.9, 0.98, 1e-9), options)) {
      List<EpochResult> results = trainer.fit(data, data, 150);
      Map<String, Double> trained = results.get(150).metrics();
      assertThat(results.get(0).metrics().get("val_perplexity")).isGreaterThan(5);
      assertThat(trained.get("val_accuracy")).isGreaterThan(0.99);
      assertThat(trained.get("val_perplexity")).isLessThan(1.3);
    }
  }

  /** Not only when its batch is due, when an epoch may have gone by. */
  @Test
  void fit_sentenceLongerThanABatch_isRefusedBeforeAnythingRuns() {
    SentencePairs data = copies();
    SentencePairs longer = Copies.of(16, 7, VOCABULARY, 2);
    TrainerOptions options = new TrainerOptions(9, 9, Schedule.constant(0.01), 1);
    Recorder seen = new Recorder();
    try (Trainer trainer =
        new Trainer(MODEL, OBJECTIVE, Xavier.uniform(1), new Adam(), options, seen)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.fit(longer, data, 1))
          .withMessageStartingWith("a batch of 9 tokens cannot hold example");
      assertThat(seen.requested()).isEmpty();

      trainer.fit(data, data, 1);
      long step = trainer.step();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.fit(data, longer, 2))
          .withMessageStartingWith("a batch of 9 tokens cannot hold example");
      assertThat(trainer.step()).isEqualTo(step);
    }
  }

  /** Shares have other numbers of tokens, and other paddings, than the whole. */
  @Test
  void fit_twoDevicesAndMicroBatches_equalOneLargeBatch() {
    SentencePairs data = copies();
    TrainerOptions options = new TrainerOptions(ALL, 200, Schedule.constant(0.01), 1);
    Hardware two = Hardware.defaults().withDevices(Device.cpu(0), Device.cpu(1));
    List<EpochResult> expected = fit(data, options);
    List<EpochResult> shared = fit(data, options.withHardware(two));
    List<EpochResult> accumulated =
        fit(data, options.withBatchSize(50).withAccumulation(100).withHardware(two));
    for (int i = 0; i < expected.size(); i++) {
      for (String name : List.of("val_loss", "val_perplexity", "val_accuracy")) {
        double value = expected.get(i).metrics().get(name);
        assertThat(shared.get(i).metrics().get(name)).isCloseTo(value, within(1e-4));
        assertThat(accumulated.get(i).metrics().get(name)).isCloseTo(value, within(1e-4));
      }
    }
  }

  private static List<EpochResult> fit(SentencePairs data, TrainerOptions options) {
    try (Trainer trainer =
        new Trainer(MODEL, OBJECTIVE, Xavier.uniform(1), new Adam(0.9, 0.98, 1e-3), options)) {
      return trainer.fit(data, data, 5);
    }
  }
}
