package org.tfemergence.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.examples.data.BundledSample;
import org.tfemergence.examples.experiment.LabeledImages;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.vision.Mlp;

/**
 * What measuring emergence adds to the training of the demonstration's perceptron: trainings
 * without and with a callback, side by side and in turn, epoch by epoch.
 *
 * <p>{@code benchmarks/run sampling-cost}
 */
public final class SamplingCost {
  private static final int WARM_UP = 3;
  private static final int EPOCHS = 40;

  private SamplingCost() {}

  /**
   * Prints the medians.
   *
   * @param args none
   * @throws IOException if the bundled sample cannot be read
   */
  @SuppressWarnings("SystemOut") // a program's result
  public static void main(String[] args) throws IOException {
    compare(System.out, "each epoch", EmergenceCallback.builder().build());
    compare(System.out, "each step", EmergenceCallback.builder().everyTrainingSteps(1).build());
  }

  private static void compare(PrintStream out, String name, EmergenceCallback callback)
      throws IOException {
    LabeledData training = LabeledImages.of(BundledSample.load().train());
    LabeledData validation = LabeledImages.of(BundledSample.load().test());
    List<Double> plain = new ArrayList<>();
    List<Double> sampled = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    try (Trainer without = trainer();
        Trainer with = trainer(callback)) {
      for (int epoch = 1; epoch <= WARM_UP + EPOCHS; epoch++) {
        // The one that goes first would pay for what the other left in the caches: take turns.
        boolean first = epoch % 2 == 0;
        double a = first ? seconds(without, training, validation, epoch) : 0;
        double b = seconds(with, training, validation, epoch);
        a = first ? a : seconds(without, training, validation, epoch);
        if (epoch > WARM_UP) {
          plain.add(a);
          sampled.add(b);
          ratios.add(b / a);
        }
      }
    }
    out.printf(
        Locale.ROOT,
        "E %s: epoch %.1f ms without, %.1f ms with; ratio of pairs, median %.4f (%d pairs)%n",
        name,
        1000 * median(plain),
        1000 * median(sampled),
        median(ratios),
        EPOCHS);
  }

  private static Trainer trainer(TrainingCallback... callbacks) {
    return new Trainer(
        Mlp.of(784, 10, 256, 256, 256),
        Kaiming.normal(1),
        new Sgd(),
        TrainerOptions.defaults(),
        callbacks);
  }

  private static double seconds(
      Trainer trainer, LabeledData training, LabeledData validation, int epoch) {
    long start = System.nanoTime();
    trainer.fit(training, validation, epoch);
    return (System.nanoTime() - start) * 1e-9;
  }

  static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }
}
