package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import com.google.common.math.LongMath;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.report.HistoryProto;
import org.tfemergence.emergence.report.Measured;

/** The readings of one callback, and what they are of; as bytes, and back. */
final class ReadingLog {
  private final Measured measured;
  private final ImmutableList<Counted> layers;
  private final List<EmergenceReading> readings = new ArrayList<>();

  /** What is counted of a layer: units, or channels, and how many of them stand at a position. */
  private record Counted(String layer, long units, long channels) {}

  ReadingLog(Measured measured, ImmutableList<Tap> taps) {
    this.measured = measured;
    Granularity granularity = measured.rule().granularity();
    layers =
        taps.stream()
            .map(
                tap ->
                    new Counted(
                        tap.layer(), tap.units(granularity), tap.units(Granularity.CHANNELS)))
            .collect(ImmutableList.toImmutableList());
  }

  Measured measured() {
    return measured;
  }

  /* A training that was put back to an earlier step leaves what it measured from there on. */
  void add(EmergenceReading reading) {
    if (!readings.isEmpty() && readings.get(readings.size() - 1).step() > reading.step()) {
      readings.removeIf(earlier -> earlier.step() >= reading.step());
    }
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
      Counted own = layers.get(i);
      if (!found.get(i).layer().equals(own.layer()) || !fits(found.get(i), own, reading)) {
        throw new IllegalArgumentException(
            "measures layer '"
                + own.layer()
                + "' of "
                + own.units()
                + ", got a history of '"
                + found.get(i).layer()
                + "' of "
                + found.get(i).units()
                + " at step "
                + reading.step());
      }
    }
  }

  /* Padding takes off whole positions, with all their channels. */
  private boolean fits(LayerActivity found, Counted own, EmergenceReading reading) {
    long most =
        measured.rule() instanceof ActivityRule
            ? own.units()
            // Pairs of a unit and an example.
            : LongMath.saturatedMultiply(own.units(), reading.counts().examples());
    return found.units() <= most && found.units() % own.channels() == 0;
  }

  private static String words(Measured measured) {
    return measured.text().replace("\n\n", ", ");
  }
}
