package org.tfemergence.emergence.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVRecord;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.graph.TapPoint;
import org.tfemergence.emergence.measure.Emergence;

/** A record of a CSV file, read cell by cell; says where a cell is bad. */
final class CsvRow {
  private static final Pattern LOGARITHM =
      Pattern.compile("-Infinity|-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?");

  private final Path file;
  private final List<String> columns;
  private final CSVRecord cells;

  /*
   * Columns are the names of the header; the record may be the header itself.
   */
  CsvRow(Path file, List<String> columns, CSVRecord cells) {
    this.file = file;
    this.columns = columns;
    this.cells = cells;
  }

  void requireFull() throws IOException {
    if (cells.size() != columns.size()) {
      throw new IOException(
          place() + ": found " + cells.size() + " cells, expected " + columns.size());
    }
  }

  String text(int column) {
    return cells.get(column);
  }

  long whole(int column, long least, long most) throws IOException {
    String expected = "a whole number from " + least + " to " + most;
    try {
      long value = Long.parseLong(text(column));
      if (value < least || value > most) {
        throw refuse(column, expected);
      }
      return value;
    } catch (NumberFormatException e) {
      throw refuse(column, expected);
    }
  }

  Optional<Emergence> emergence(int column) throws IOException {
    try {
      return HistoryMessages.exact(text(column));
    } catch (IllegalArgumentException e) {
      throw refuse(column, "decimal digits");
    }
  }

  double logarithm(int column) throws IOException {
    // Java's own parser takes more than any writer of CSV gives, such as 0x1p3 or 2f.
    if (LOGARITHM.matcher(text(column)).matches()) {
      double value = Double.parseDouble(text(column));
      if (value < Double.POSITIVE_INFINITY) {
        return value;
      }
    }
    throw refuse(column, "a number, or -Infinity");
  }

  VerdictRule rule(int column) throws IOException {
    return RuleText.parse(text(column))
        .orElseThrow(() -> refuse(column, "a rule such as '" + ActivityRule.DEFAULT + "'"));
  }

  TapPoint tapPoint(int column) throws IOException {
    for (TapPoint point : TapPoint.values()) {
      if (point.name().toLowerCase(Locale.ROOT).equals(text(column))) {
        return point;
      }
    }
    throw refuse(column, "activation or before_normalization");
  }

  /* What the cells together are refused for. */
  IOException refuse(IllegalArgumentException e) {
    return new IOException(place() + ": " + e.getMessage(), e);
  }

  IOException refuse(int column, String expected) {
    return new IOException(
        place()
            + ", column '"
            + columns.get(column)
            + "': found '"
            + Excerpt.of(text(column))
            + "', expected "
            + expected);
  }

  private String place() {
    return file + ", record " + cells.getRecordNumber();
  }
}
