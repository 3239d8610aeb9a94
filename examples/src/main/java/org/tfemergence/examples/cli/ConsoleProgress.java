package org.tfemergence.examples.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.examples.experiment.ExperimentListener;

/**
 * Shows an experiment's progress: a bar with the time left on a terminal, elsewhere a line whenever
 * another tenth is done.
 */
final class ConsoleProgress implements ExperimentListener, AutoCloseable {
  private final PrintWriter out;
  private final boolean terminal;
  private ProgressBar bar;
  private long steps;
  private long done;
  private long started;
  private String state = "";

  ConsoleProgress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void begins(long allSteps) {
    steps = allSteps;
    started = System.nanoTime();
    if (terminal) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("training")
              .setInitialMax(allSteps)
              .setUpdateIntervalMillis(200)
              .setStyle(ProgressBarStyle.ASCII)
              .build();
    }
  }

  @Override
  public void step() {
    done++;
    if (terminal) {
      bar.step();
    } else if (10 * done / steps > 10 * (done - 1) / steps) {
      long elapsed = System.nanoTime() - started;
      out.printf(
          Locale.ROOT,
          "training: %3d%% of %d steps, about %d s left%s%n",
          100 * done / steps,
          steps,
          TimeUnit.NANOSECONDS.toSeconds(elapsed / done * (steps - done)),
          state);
    }
  }

  @Override
  public void epoch(String run, EpochResult result) {
    state =
        String.format(
            Locale.ROOT,
            " (%s, epoch %d: accuracy %.1f%%)",
            run,
            result.epoch(),
            100 * result.metrics().get("val_accuracy"));
    if (terminal) {
      bar.setExtraMessage(" " + run);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
