package org.tfemergence.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import org.tfemergence.emergence.callback.EmergenceCallback;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.examples.data.BundledSample;
import org.tfemergence.examples.experiment.LabeledImages;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.ImageData;
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
    ImageData training = LabeledImages.of(BundledSample.load().train());
    ImageData validation = LabeledImages.of(BundledSample.load().test());
    try (Trainer without = trainer();
        Trainer with = trainer(callback)) {
      Runnable plain = () -> epoch(without, training, validation);
      Runnable measured = () -> epoch(with, training, validation);
      for (int epoch = 0; epoch < WARM_UP; epoch++) {
        plain.run();
        measured.run();
      }
      out.println(Pairs.of(EPOCHS, plain, measured).told("an epoch without E", "with E " + name));
    }
  }

  private static Trainer trainer(TrainingCallback... callbacks) {
    return new Trainer(
        Mlp.of(784, 10, 256, 256, 256),
        Kaiming.normal(1),
        new Sgd(),
        TrainerOptions.defaults(),
        callbacks);
  }

  private static void epoch(Trainer trainer, ImageData training, ImageData validation) {
    trainer.fit(training, validation, trainer.epoch() + 1);
  }
}
