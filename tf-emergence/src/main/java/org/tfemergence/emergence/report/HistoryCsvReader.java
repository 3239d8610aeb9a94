package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.measure.Emergence;

/** Reads what {@link HistoryCsv} writes. Records are counted from 1, the header. */
final class HistoryCsvReader {
  private static final int STEP = 0;
  private static final int EPOCH = 1;
  private static final int EXAMPLES = 2;
  private static final int MEASURE = 3;
  private static final int RULE = 4;
  private static final int SAMPLING = 5;
  private static final int TAP_POINT = 6;

  private final Path file;

  /** Where the values and the layers begin, and the layers' names. */
  private record Header(boolean hasPlace, int emergence, List<String> layers) {
    int log10() {
      return emergence + 1;
    }

    int parameters() {
      return emergence + 2;
    }

    int firstLayer() {
      return emergence + HistoryCsv.VALUE_COLUMNS.size();
    }
  }

  HistoryCsvReader(Path file) {
    this.file = file;
  }

  EmergenceHistory read() throws IOException {
    List<CSVRecord> records = parse();
    List<String> columns = records.get(0).toList();
    Header header = header(columns);
    if (records.size() == 1) {
      throw new IOException(
          file + ": found no reading, expected at least one, which tells measure and rule");
    }
    if (header.layers().isEmpty()) {
      requireColumn(columns, header.firstLayer(), "LAYER" + HistoryCsv.LAYER_COLUMNS.get(0));
    }
    CsvRow first = new CsvRow(file, columns, records.get(1));
    first.requireFull();
    Measured measured = new Measured(first.text(MEASURE), first.rule(RULE), place(first, header));
    ImmutableList.Builder<EmergenceReading> readings = ImmutableList.builder();
    for (CSVRecord cells : records.subList(1, records.size())) {
      CsvRow row = new CsvRow(file, columns, cells);
      row.requireFull();
      for (int column = MEASURE; column < header.emergence(); column++) {
        requireSame(row, column, first.text(column));
      }
      readings.add(reading(row, header, measured.rule()));
    }
    try {
      return new EmergenceHistory(measured, readings.build());
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static Optional<Measured.Place> place(CsvRow row, Header header) throws IOException {
    return header.hasPlace()
        ? Optional.of(
            new Measured.Place(
                row.text(SAMPLING), row.tapPoint(TAP_POINT), ImmutableList.copyOf(header.layers())))
        : Optional.empty();
  }

  private List<CSVRecord> parse() throws IOException {
    try (CSVParser parser = CSVParser.parse(LineFile.read(file), CSVFormat.RFC4180)) {
      return parser.getRecords();
    } catch (UncheckedIOException e) {
      throw new IOException(
          file + ": found quotes that do not match, expected CSV: " + e.getMessage(), e);
    }
  }

  private Header header(List<String> columns) throws IOException {
    boolean hasPlace =
        columns.size() > SAMPLING && columns.get(SAMPLING).equals(HistoryCsv.PLACE_COLUMNS.get(0));
    List<String> expected = new ArrayList<>(HistoryCsv.FIRST_COLUMNS);
    expected.addAll(hasPlace ? HistoryCsv.PLACE_COLUMNS : List.of());
    int emergence = expected.size();
    expected.addAll(HistoryCsv.VALUE_COLUMNS);
    for (int i = 0; i < expected.size(); i++) {
      requireColumn(columns, i, expected.get(i));
    }
    return new Header(hasPlace, emergence, layers(columns, expected.size()));
  }

  /* The layers' names, from three columns each. */
  private List<String> layers(List<String> columns, int from) throws IOException {
    List<String> layers = new ArrayList<>();
    Set<String> known = new HashSet<>();
    for (int i = from; i < columns.size(); i += HistoryCsv.LAYER_COLUMNS.size()) {
      String suffix = HistoryCsv.LAYER_COLUMNS.get(0);
      String column = columns.get(i);
      if (!column.endsWith(suffix)) {
        requireColumn(columns, i, "LAYER" + suffix);
      }
      String layer = column.substring(0, column.length() - suffix.length());
      for (int j = 1; j < HistoryCsv.LAYER_COLUMNS.size(); j++) {
        requireColumn(columns, i + j, layer + HistoryCsv.LAYER_COLUMNS.get(j));
      }
      if (!known.add(layer)) {
        throw header(i, "a second '" + column + "'", "another layer");
      }
      layers.add(layer);
    }
    return layers;
  }

  private void requireColumn(List<String> columns, int index, String expected) throws IOException {
    String found = index < columns.size() ? columns.get(index) : null;
    if (!expected.equals(found)) {
      throw header(
          index,
          found == null ? "the end of the record" : "'" + Excerpt.of(found) + "'",
          "'" + expected + "'");
    }
  }

  private IOException header(int column, String found, String expected) {
    return new IOException(
        file
            + ", record 1, column "
            + (column + 1)
            + ": found "
            + found
            + ", expected "
            + expected);
  }

  private static void requireSame(CsvRow row, int column, String expected) throws IOException {
    if (!row.text(column).equals(expected)) {
      throw row.refuse(column, "'" + expected + "' as in record 2");
    }
  }

  private static EmergenceReading reading(CsvRow row, Header header, VerdictRule rule)
      throws IOException {
    List<String> layers = header.layers();
    ImmutableList.Builder<LayerActivity> activity = ImmutableList.builder();
    for (int i = 0; i < layers.size(); i++) {
      int column = header.firstLayer() + i * HistoryCsv.LAYER_COLUMNS.size();
      long units = row.whole(column + 1, 0, Long.MAX_VALUE);
      long active = row.whole(column, 0, units);
      long nonFinite = row.whole(column + 2, 0, units - active);
      activity.add(new LayerActivity(layers.get(i), units, active, nonFinite));
    }
    long examples = row.whole(EXAMPLES, 1, Long.MAX_VALUE);
    long step = row.whole(STEP, 0, Long.MAX_VALUE);
    int epoch = (int) row.whole(EPOCH, 0, Integer.MAX_VALUE);
    Optional<Emergence> emergence = row.emergence(header.emergence());
    double log10 = row.logarithm(header.log10());
    long parameters = row.whole(header.parameters(), 1, Long.MAX_VALUE);
    try {
      return new EmergenceReading(
          step,
          epoch,
          new ActivityCounts(activity.build(), examples, rule.granularity()),
          emergence,
          log10,
          parameters);
    } catch (IllegalArgumentException e) {
      throw row.refuse(e);
    }
  }
}
