package org.tfemergence.emergence.report;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.tfemergence.emergence.activity.LayerActivity;

/**
 * Writes a history as comma-separated values: a header, then a line per reading with the columns
 * {@code step, epoch, examples, measure, rule, emergence, log10_emergence, parameters,
 * log10_relative}, and per layer {@code NAME.active, NAME.units, NAME.non_finite}.
 *
 * <p>{@code emergence} is the exact integer. The logarithm of an emergence of zero is written as
 * {@code -Infinity}.
 */
public final class HistoryCsv {
  private HistoryCsv() {}

  /**
   * Writes a history to a file, which afterwards is either complete or as it was before.
   *
   * @param history the history; all readings must be of the same layers
   * @param file the file, made or replaced
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException if the readings are of different layers
   */
  public static void write(EmergenceHistory history, Path file) throws IOException {
    requireSameLayers(history);
    // Not a temporary file: those can be read by their owner only.
    Path partial = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try (Writer writer = Files.newBufferedWriter(partial, StandardCharsets.UTF_8)) {
        print(history, writer);
      }
      Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
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
        csv.printRecord(columns(List.of()));
        return;
      }
      csv.printRecord(columns(history.readings().get(0).counts().layers()));
      for (EmergenceReading reading : history.readings()) {
        List<Object> row = new ArrayList<>();
        row.add(reading.step());
        row.add(reading.epoch());
        row.add(reading.counts().examples());
        row.add(history.measure());
        row.add(history.rule());
        row.add(reading.emergence().paths());
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

  private static List<String> columns(List<LayerActivity> layers) {
    List<String> columns =
        new ArrayList<>(
            List.of(
                "step",
                "epoch",
                "examples",
                "measure",
                "rule",
                "emergence",
                "log10_emergence",
                "parameters",
                "log10_relative"));
    for (LayerActivity layer : layers) {
      columns.add(layer.layer() + ".active");
      columns.add(layer.layer() + ".units");
      columns.add(layer.layer() + ".non_finite");
    }
    return columns;
  }
}
