package org.tfemergence.models.callback;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import org.tfemergence.emergence.report.EventFile;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;

/** Writes metrics to a TensorBoard event file, which stays the caller's to close. */
public final class MetricEvents implements TrainingCallback {
  private final EventFile events;

  /**
   * Creates the callback.
   *
   * @param events where to write
   */
  public MetricEvents(EventFile events) {
    this.events = Objects.requireNonNull(events, "events");
  }

  @Override
  public void attach(TrainingGraph graph) {}

  /**
   * Writes a result's metrics.
   *
   * @param result the result of an epoch
   * @throws UncheckedIOException if the file cannot be written
   */
  @Override
  public void completed(EpochResult result) {
    try {
      for (Map.Entry<String, Double> metric : result.metrics().entrySet()) {
        events.scalar(metric.getKey(), result.step(), metric.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
