package org.tfemergence.examples.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.prune.callback.PruningCallback;

/** What is masked is masked in the averages that are evaluated and exported too. */
final class PrunedAveragesTest {
  private static final LabeledData DATA = data();

  @Test
  void fit_averagesOfAPrunedModel_areAsSparse() {
    PruningCallback pruning = PruningCallback.oneShot(7, 0.5);
    TrainerOptions options = TrainerOptions.defaults().withBatchSize(16).withAverageDecay(0.999);
    try (Trainer trainer =
        new Trainer(Mlp.of(12, 4, 16), Kaiming.normal(3), new Sgd(0.9), options, pruning)) {
      trainer.fit(DATA, DATA, 3);
      int masked = 0;
      for (String kernel : new String[] {"dense_1/kernel", "logits/kernel"}) {
        float[] weights = trainer.variables().value(kernel);
        float[] averages = trainer.variables().value(trainer.evaluated(kernel));
        for (int i = 0; i < weights.length; i++) {
          assertThat(averages[i] == 0).isEqualTo(weights[i] == 0);
          masked += weights[i] == 0 ? 1 : 0;
        }
      }
      assertThat(masked).isEqualTo((12 * 16 + 16 * 4) / 2);
      assertThat(pruning.report().masked()).isEqualTo(masked);
    }
  }

  private static LabeledData data() {
    Random random = new Random(5);
    float[] features = new float[48 * 12];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    return new LabeledData(features, random.ints(48, 0, 4).toArray(), 4);
  }
}
