package org.tfemergence.models.callback;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/**
 * Writes metrics to a CSV file, a line each: {@code epoch,step,metric,value}. Lines are appended as
 * results come, so that a killed training leaves what it had, and a resumed one goes on.
 */
public final class MetricsCsv implements TrainingCallback {
  private final Path file;

  /**
   * Creates the callback.
   *
   * @param file the file, made with its heading if it is absent
   */
  public MetricsCsv(Path file) {
    this.file = file;
  }

  @Override
  public void attach(TrainingGraph graph) {}

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  @Override
  public void completed(EpochResult result) {
    StringBuilder lines = new StringBuilder();
    if (!Files.exists(file)) {
      lines.append("epoch,step,metric,value\n");
    }
    for (Map.Entry<String, Double> metric : result.metrics().entrySet()) {
      lines
          .append(result.epoch())
          .append(',')
          .append(result.step())
          .append(',')
          .append(metric.getKey())
          .append(',')
          .append(metric.getValue())
          .append('\n');
    }
    try {
      Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
