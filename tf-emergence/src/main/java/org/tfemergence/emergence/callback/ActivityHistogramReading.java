package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.tfemergence.emergence.activity.LayerHistogram;
import org.tfemergence.emergence.report.EventFile;
import org.tfemergence.emergence.report.Histogram;

/**
 * How the activations of a network were distributed at a time of its training.
 *
 * @param step the number of updates done
 * @param epoch the epoch, from 1; 0 before training
 * @param layers a histogram per layer, in the network's order
 */
public record ActivityHistogramReading(long step, int epoch, ImmutableList<LayerHistogram> layers) {
  /**
   * Writes the reading for TensorBoard: a histogram {@code activations/LAYER} of each layer that
   * has a finite value, and a point {@code non_finite/LAYER} of each that has others.
   *
   * <p>A callback's listener that does so is {@code reading -> reading.writeTo(events)}.
   *
   * @param events where to
   * @throws UncheckedIOException if it cannot be written
   */
  public void writeTo(EventFile events) {
    try {
      for (LayerHistogram layer : layers) {
        write(layer, events);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(LayerHistogram layer, EventFile events) throws IOException {
    if (!layer.counts().isEmpty()) {
      events.histogram(
          "activations/" + layer.layer(),
          step,
          new Histogram(layer.edges(), layer.counts(), layer.sum(), layer.sumOfSquares()));
    }
    if (layer.nonFinite() > 0) {
      events.scalar("non_finite/" + layer.layer(), step, (double) layer.nonFinite());
    }
  }
}
