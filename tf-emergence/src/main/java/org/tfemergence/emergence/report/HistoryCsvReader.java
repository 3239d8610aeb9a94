package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.VerdictRule;

/** Reads what {@link HistoryCsv} writes. Records are counted from 1, the header. */
final class HistoryCsvReader {
  private static final int STEP = 0;
  private static final int EPOCH = 1;
  private static final int EXAMPLES = 2;
  private static final int MEASURE = 3;
  private static final int RULE = 4;
  private static final int EMERGENCE = 5;
  private static final int LOG10 = 6;
  private static final int PARAMETERS = 7;
  private static final int FIRST_LAYER = HistoryCsv.COLUMNS.size();

  private final Path file;

  HistoryCsvReader(Path file) {
    this.file = file;
  }

  EmergenceHistory read() throws IOException {
    List<CSVRecord> records = parse();
    List<String> columns = records.get(0).toList();
    List<String> layers = layers(columns);
    if (records.size() == 1) {
      throw new IOException(
          file + ": found no reading, expected at least one, which tells measure and rule");
    }
    if (layers.isEmpty()) {
      requireColumn(columns, FIRST_LAYER, "LAYER" + HistoryCsv.LAYER_COLUMNS.get(0));
    }
    CsvRow first = new CsvRow(file, columns, records.get(1));
    first.requireFull();
    String measure = first.text(MEASURE);
    VerdictRule rule = first.rule(RULE);
    ImmutableList.Builder<EmergenceReading> readings = ImmutableList.builder();
    for (CSVRecord cells : records.subList(1, records.size())) {
      CsvRow row = new CsvRow(file, columns, cells);
      row.requireFull();
      requireSame(row, MEASURE, first.text(MEASURE));
      requireSame(row, RULE, first.text(RULE));
      readings.add(reading(row, layers, rule));
    }
    return new EmergenceHistory(measure, rule, readings.build());
  }

  private List<CSVRecord> parse() throws IOException {
    try (CSVParser parser = CSVParser.parse(LineFile.read(file), CSVFormat.RFC4180)) {
      return parser.getRecords();
    } catch (UncheckedIOException e) {
      throw new IOException(
          file + ": found quotes that do not match, expected CSV: " + e.getMessage(), e);
    }
  }

  /* The layers' names, from three columns each. */
  private List<String> layers(List<String> columns) throws IOException {
    for (int i = 0; i < FIRST_LAYER; i++) {
      requireColumn(columns, i, HistoryCsv.COLUMNS.get(i));
    }
    List<String> layers = new ArrayList<>();
    Set<String> known = new HashSet<>();
    for (int i = FIRST_LAYER; i < columns.size(); i += HistoryCsv.LAYER_COLUMNS.size()) {
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

  private EmergenceReading reading(CsvRow row, List<String> layers, VerdictRule rule)
      throws IOException {
    ImmutableList.Builder<LayerActivity> activity = ImmutableList.builder();
    for (int i = 0; i < layers.size(); i++) {
      int column = FIRST_LAYER + i * HistoryCsv.LAYER_COLUMNS.size();
      long units = row.whole(column + 1, 1, Long.MAX_VALUE);
      long active = row.whole(column, 0, units);
      long nonFinite = row.whole(column + 2, 0, units - active);
      activity.add(new LayerActivity(layers.get(i), units, active, nonFinite));
    }
    return new EmergenceReading(
        row.whole(STEP, Long.MIN_VALUE, Long.MAX_VALUE),
        (int) row.whole(EPOCH, Integer.MIN_VALUE, Integer.MAX_VALUE),
        new ActivityCounts(
            activity.build(), row.whole(EXAMPLES, 1, Long.MAX_VALUE), rule.granularity()),
        row.emergence(EMERGENCE),
        row.logarithm(LOG10),
        row.whole(PARAMETERS, 1, Long.MAX_VALUE));
  }
}
