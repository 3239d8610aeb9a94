package org.tfemergence.examples.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.Iterables;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.data.SentencePairs;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.prune.callback.PruningCallback;

/** The parameters of a network with tables, one of them shared, before and after pruning. */
final class PrunedTransformerTest {
  private static final Transformer MODEL = Transformer.tiny(11, 13);
  private static final SentencePairs DATA =
      new SentencePairs(
          new int[][] {{4, 5, SpecialTokens.END}, {6, SpecialTokens.END}},
          new int[][] {
            {SpecialTokens.END, 4, 5, SpecialTokens.END}, {SpecialTokens.END, 6, SpecialTokens.END}
          },
          11,
          13,
          SpecialTokens.PADDING);

  @Test
  void fit_tablesAndTheirPadding_areCountedAsThePrunerCounts() {
    PruningCallback pruning = PruningCallback.oneShot(1, 0.5);
    EmergenceCallback emergence = EmergenceCallback.builder().build();
    try (Trainer trainer =
        new Trainer(
            MODEL,
            new TokenPrediction(SpecialTokens.PADDING, 0),
            Xavier.uniform(1),
            new Adam(),
            TrainerOptions.defaults().withBatchSize(6),
            emergence,
            pruning)) {
      trainer.fit(DATA, DATA, 1);
    }
    var readings = emergence.history().readings();
    assertThat(readings.get(0).parameters()).isEqualTo(MODEL.network().parameters());
    assertThat(Iterables.getLast(readings).parameters())
        .isEqualTo(pruning.remainingParameters())
        .isEqualTo(pruning.report().remaining(MODEL.network().parameters()))
        .isLessThan(MODEL.network().parameters());
  }
}
