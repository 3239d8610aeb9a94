package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.report.HistoryProto;
import org.tfemergence.emergence.report.Measured;

/** The readings of one callback, and what they are of; as bytes, and back. */
final class ReadingLog {
  private final Measured measured;
  private final ImmutableList<Layer> layers;
  private final List<EmergenceReading> readings = new ArrayList<>();

  ReadingLog(Measured measured, ImmutableList<Layer> layers) {
    this.measured = measured;
    this.layers = layers;
  }

  Measured measured() {
    return measured;
  }

  void add(EmergenceReading reading) {
    readings.add(reading);
  }

  EmergenceHistory history() {
    return new EmergenceHistory(measured, ImmutableList.copyOf(readings));
  }

  ByteString bytes() {
    return HistoryProto.bytes(history());
  }

  /* Throws an IllegalArgumentException that tells what was found; this is then as it was. */
  void restore(ByteString bytes) {
    EmergenceHistory saved = HistoryProto.of(bytes);
    boolean same =
        saved.measure().equals(measured.measure())
            && saved.rule().equals(measured.rule())
            && saved.measured().place().map(measured.place().orElseThrow()::equals).orElse(true);
    if (!same) {
      throw new IllegalArgumentException(
          "measures " + words(measured) + "; got a history of " + words(saved.measured()));
    }
    saved.readings().forEach(this::requireLayers);
    readings.clear();
    readings.addAll(saved.readings());
  }

  private void requireLayers(EmergenceReading reading) {
    ImmutableList<LayerActivity> found = reading.counts().layers();
    if (found.size() != layers.size()) {
      throw new IllegalArgumentException(
          "measures " + layers.size() + " layers, got a history of " + found.size());
    }
    for (int i = 0; i < found.size(); i++) {
      Layer layer = layers.get(i);
      long units = measured.rule().granularity().units(layer);
      boolean same =
          measured.rule() instanceof ActivityRule
              ? found.get(i).units() == units
              // Pairs of a unit and an example, without those that are padding.
              : found.get(i).units() <= units * reading.counts().examples();
      if (!found.get(i).layer().equals(layer.name()) || !same) {
        throw new IllegalArgumentException(
            "measures layer '"
                + layer.name()
                + "' of "
                + units
                + ", got a history of '"
                + found.get(i).layer()
                + "' of "
                + found.get(i).units()
                + " at step "
                + reading.step());
      }
    }
  }

  private static String words(Measured measured) {
    return measured.text().replace("\n\n", ", ");
  }
}
