package org.tfemergence.models.callback;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Shows a training's progress on the terminal (standard error): a bar of its updates with the time
 * passed and the time left, and the last result's validation loss. A training that goes on from a
 * checkpoint begins where that was.
 *
 * <p>The bar ends with the training; close this if a training may fail.
 */
public final class ProgressBarCallback implements TrainingCallback, AutoCloseable {
  private final OptionalLong steps;
  private final int epochs;
  private final ProgressBarBuilder look;
  private ProgressBar bar;

  ProgressBarCallback(OptionalLong steps, int epochs, ProgressBarBuilder look) {
    this.steps = steps;
    this.epochs = epochs;
    this.look = look;
  }

  /**
   * Returns a bar for a training of so many updates.
   *
   * @param steps the number of updates in the end, at least 1
   * @return the callback
   * @throws IllegalArgumentException if the number is less than 1
   */
  public static ProgressBarCallback steps(long steps) {
    requirePositive("steps", steps);
    return new ProgressBarCallback(OptionalLong.of(steps), 1, look());
  }

  /**
   * Returns a bar for a training of so many epochs. How many updates these have, and so the time
   * left, is known when the first one is done.
   *
   * @param epochs the number of epochs in the end, at least 1
   * @return the callback
   * @throws IllegalArgumentException if the number is less than 1
   */
  public static ProgressBarCallback epochs(int epochs) {
    requirePositive("epochs", epochs);
    return new ProgressBarCallback(OptionalLong.empty(), epochs, look());
  }

  static ProgressBarBuilder look() {
    return new ProgressBarBuilder()
        .setTaskName("training")
        .setUpdateIntervalMillis(200)
        .setStyle(ProgressBarStyle.ASCII);
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, got " + value);
    }
  }

  @Override
  public void attach(TrainingGraph graph) {}

  @Override
  public void completed(StepResult result) {
    Step step = result.step();
    if (step.phase() == Phase.TRAINING) {
      if (bar == null) {
        bar =
            look.startsFrom(step.number() - 1, Duration.ZERO)
                .setInitialMax(steps.orElse(-1)) // unknown
                .build();
      }
      bar.stepTo(step.number());
      if (step.last() && steps.isEmpty()) {
        bar.maxHint(Math.max(step.number(), step.number() * epochs / step.epoch()));
      }
    } else if (step.phase() == Phase.END) {
      close();
    }
  }

  @Override
  public void completed(EpochResult result) {
    Double loss = result.metrics().get("val_loss");
    if (bar != null && loss != null) {
      bar.setExtraMessage(
          String.format(Locale.ROOT, " epoch %d: val_loss %.4g", result.epoch(), loss));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
