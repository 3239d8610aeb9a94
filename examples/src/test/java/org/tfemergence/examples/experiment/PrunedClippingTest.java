package org.tfemergence.examples.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.fit.Extent;
import org.tfemergence.models.fit.FitPlan;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.optimize.GradientTransform;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.prune.callback.PruningCallback;

/** What is pruned has no part in the norm that gradients are clipped by. */
final class PrunedClippingTest {
  private static final double BOUND = 0.01;
  private static final double RATE = 0.5;

  @Test
  void fit_prunedAndClipped_movesWhatIsLeftByTheBound() {
    LabeledData data = data();
    TrainerOptions options =
        new TrainerOptions(16, 48, Schedule.constant(RATE), 1)
            .withGradients(GradientTransform.clipByGlobalNorm(BOUND));
    PruningCallback pruning = PruningCallback.oneShot(2, 0.8);
    try (Trainer trainer =
        new Trainer(Mlp.of(12, 4, 16), Kaiming.normal(3), new Sgd(), options, pruning)) {
      Map<String, float[]> before = values(trainer);
      for (int step = 1; step <= 4; step++) {
        trainer.fit(FitPlan.of(data, data, Extent.steps(step)));
        Map<String, float[]> after = values(trainer);
        if (step != 2) { // in which weights are set to zero
          assertThat(distance(after, before)).isCloseTo(RATE * BOUND, within(1e-6));
        }
        before = after;
      }
      assertThat(pruning.report().masked()).isEqualTo(Math.round(0.8 * 12 * 16) + 51);
    }
  }

  private static Map<String, float[]> values(Trainer trainer) {
    Map<String, float[]> values = new HashMap<>();
    trainer
        .variables()
        .model()
        .forEach(
            variable -> values.put(variable.name(), trainer.variables().value(variable.name())));
    return values;
  }

  private static double distance(Map<String, float[]> after, Map<String, float[]> before) {
    double squares = 0;
    for (Map.Entry<String, float[]> each : after.entrySet()) {
      for (int i = 0; i < each.getValue().length; i++) {
        double moved = (double) each.getValue()[i] - before.get(each.getKey())[i];
        squares += moved * moved;
      }
    }
    return Math.sqrt(squares);
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
