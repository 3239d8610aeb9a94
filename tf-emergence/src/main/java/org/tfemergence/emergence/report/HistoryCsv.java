package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.file.AtomicFile;

/**
 * Keeps a history as comma-separated values: a header, then a line per reading with the columns
 * {@code step, epoch, examples, measure, rule, sampling, tap_point, emergence, log10_emergence,
 * parameters, log10_relative}, and per layer {@code NAME.active, NAME.units, NAME.non_finite}.
 * Where it is not known where a history was measured, {@code sampling} and {@code tap_point} are
 * left out.
 *
 * <p>{@code emergence} is the exact integer, or empty where the reading has none. The logarithm of
 * an emergence of zero is written as {@code -Infinity}. What is read equals what was written;
 * {@code log10_relative} follows from other columns and is not read.
 */
public final class HistoryCsv {
  /** What comes first: of which readings. */
  static final ImmutableList<String> FIRST_COLUMNS =
      ImmutableList.of("step", "epoch", "examples", "measure", "rule");

  /** What follows where it is known. */
  static final ImmutableList<String> PLACE_COLUMNS = ImmutableList.of("sampling", "tap_point");

  /** What comes before the layers' columns. */
  static final ImmutableList<String> VALUE_COLUMNS =
      ImmutableList.of("emergence", "log10_emergence", "parameters", "log10_relative");

  /** What follows a layer's name in each of its columns. */
  static final ImmutableList<String> LAYER_COLUMNS =
      ImmutableList.of(".active", ".units", ".non_finite");

  private HistoryCsv() {}

  /**
   * Writes a history to a file, which afterwards is either complete or as it was before.
   *
   * @param history the history; all readings must be of the same layers
   * @param file the file, made or replaced
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException if the readings are of different layers, or of other units
   *     than the rule
   */
  public static void write(EmergenceHistory history, Path file) throws IOException {
    HistoryMessages.requireGranularityOfTheRule(history);
    requireSameLayers(history);
    AtomicFile.write(
        file,
        // An encoder, unlike a charset's name, refuses what is no text.
        out -> print(history, new OutputStreamWriter(out, StandardCharsets.UTF_8.newEncoder())));
  }

  /**
   * Reads a history.
   *
   * @param file a file that {@link #write} made, of at least one reading
   * @return the history, equal to the one written
   * @throws IOException if the file cannot be read, holds no reading, which alone tells measure and
   *     rule, or has a bad cell; the message names the record, counted from 1 for the header, and
   *     the column
   */
  public static EmergenceHistory read(Path file) throws IOException {
    return new HistoryCsvReader(file).read();
  }

  private static void requireSameLayers(EmergenceHistory history) {
    List<String> first = List.of();
    for (EmergenceReading reading : history.readings()) {
      List<String> layers = reading.counts().layers().stream().map(LayerActivity::layer).toList();
      if (first.isEmpty()) {
        first = layers;
      } else if (!layers.equals(first)) {
        throw new IllegalArgumentException(
            "all readings must be of the layers "
                + first
                + ", got "
                + layers
                + " at step "
                + reading.step());
      }
    }
  }

  private static void print(EmergenceHistory history, Writer writer) throws IOException {
    try (CSVPrinter csv = new CSVPrinter(writer, CSVFormat.RFC4180)) {
      if (history.readings().isEmpty()) {
        csv.printRecord(columns(history.measured(), List.of()));
        return;
      }
      csv.printRecord(columns(history.measured(), history.readings().get(0).counts().layers()));
      for (EmergenceReading reading : history.readings()) {
        List<Object> row = new ArrayList<>();
        row.add(reading.step());
        row.add(reading.epoch());
        row.add(reading.counts().examples());
        row.add(history.measure());
        row.add(history.rule());
        history
            .measured()
            .place()
            .ifPresent(
                place -> {
                  row.add(place.sampling());
                  row.add(place.tapPoint().name().toLowerCase(Locale.ROOT));
                });
        row.add(HistoryMessages.digits(reading.emergence()));
        row.add(reading.log10());
        row.add(reading.parameters());
        row.add(reading.log10Relative());
        for (LayerActivity layer : reading.counts().layers()) {
          row.add(layer.active());
          row.add(layer.units());
          row.add(layer.nonFinite());
        }
        csv.printRecord(row);
      }
    }
  }

  private static List<String> columns(Measured measured, List<LayerActivity> layers) {
    List<String> columns = new ArrayList<>(FIRST_COLUMNS);
    measured.place().ifPresent(place -> columns.addAll(PLACE_COLUMNS));
    columns.addAll(VALUE_COLUMNS);
    for (LayerActivity layer : layers) {
      for (String column : LAYER_COLUMNS) {
        columns.add(layer.layer() + column);
      }
    }
    return columns;
  }
}
