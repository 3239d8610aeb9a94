package org.tfemergence.models.callback;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;
import org.tfemergence.emergence.file.AtomicFile;
import org.tfemergence.emergence.train.EpochResult;

/**
 * The rows of a file of metrics.
 *
 * @param rows in the order of their steps
 */
record MetricsTable(ImmutableList<Row> rows) {
  static final MetricsTable EMPTY = new MetricsTable(ImmutableList.of());

  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();
  private static final ImmutableList<String> HEADING =
      ImmutableList.of("epoch", "step", "metric", "value");
  private static final int EXCERPT = 64;

  /** A figure of a result. */
  record Row(int epoch, long step, String metric, double value) {}

  /** Returns this with a result behind those of earlier steps, instead of what was there of it. */
  MetricsTable with(EpochResult result) {
    ImmutableList.Builder<Row> next = ImmutableList.builder();
    rows.stream().filter(row -> row.step() < result.step()).forEach(next::add);
    result
        .metrics()
        .forEach((name, value) -> next.add(new Row(result.epoch(), result.step(), name, value)));
    return new MetricsTable(next.build());
  }

  /**
   * Tells whether a table may be an earlier or later state of this one: one of the two begins with
   * the other, and what is not empty does not begin with nothing.
   */
  boolean isOf(MetricsTable found) {
    int common = Math.min(rows.size(), found.rows.size());
    return (!rows.isEmpty() || found.rows.isEmpty())
        && rows.subList(0, common).equals(found.rows.subList(0, common));
  }

  /**
   * Reads a file.
   *
   * @return its table; an empty one if the file is absent or empty
   * @throws IOException if it cannot be read, or is no file of metrics; the message names the place
   */
  static MetricsTable read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return EMPTY;
    }
    if (!Files.isRegularFile(file)) { // a pipe would be waited for
      throw refuse(file, "no regular file");
    }
    if (Files.size(file) == 0) {
      return EMPTY;
    }
    ImmutableList.Builder<Row> rows = ImmutableList.builder();
    try (CSVParser parser = CSVParser.parse(file, StandardCharsets.UTF_8, FORMAT)) {
      for (CSVRecord cells : parser) {
        if (cells.getRecordNumber() == 1) {
          requireHeading(file, cells.toList());
        } else {
          rows.add(row(file, cells));
        }
      }
    } catch (UncheckedIOException | CharacterCodingException e) {
      throw refuse(file, "what is no CSV in UTF-8 (" + e.getMessage() + ")");
    }
    return new MetricsTable(rows.build());
  }

  private static void requireHeading(Path file, List<String> cells) throws IOException {
    if (!cells.equals(HEADING)) {
      throw refuse(file, excerpt(cells));
    }
  }

  private static Row row(Path file, CSVRecord cells) throws IOException {
    if (cells.size() == HEADING.size()) {
      Integer epoch = Ints.tryParse(cells.get(0));
      Long step = Longs.tryParse(cells.get(1));
      Double value = Doubles.tryParse(cells.get(3));
      if (epoch != null && step != null && value != null) {
        return new Row(epoch, step, cells.get(2), value);
      }
    }
    throw refuse(file, excerpt(cells.toList()) + " in record " + cells.getRecordNumber());
  }

  private static String excerpt(List<String> cells) {
    return "'" + Ascii.truncate(String.join(",", cells), EXCERPT, "...") + "'";
  }

  private static IOException refuse(Path file, String found) {
    return new IOException(
        file
            + ": found "
            + found
            + ", expected a file of metrics ("
            + String.join(",", HEADING)
            + "), or none; it was left as it is");
  }

  /** Writes a file, which afterwards is either complete or as it was before. */
  void write(Path file) throws IOException {
    AtomicFile.write(file, this::print);
  }

  private void print(OutputStream out) throws IOException {
    // An encoder, unlike a charset's name, refuses what is no text.
    Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8.newEncoder());
    try (CSVPrinter csv = new CSVPrinter(writer, FORMAT)) {
      csv.printRecord(HEADING);
      for (Row row : rows) {
        csv.printRecord(row.epoch(), row.step(), row.metric(), row.value());
      }
    }
  }
}
