package org.tfemergence.emergence.report;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.file.AtomicFile;
import org.tfemergence.emergence.report.proto.SavedHeader;
import org.tfemergence.emergence.report.proto.SavedReading;

/**
 * Keeps a history as lines of JSON, exactly: what is read equals what was written. The first line
 * is the {@code SavedHeader} of {@code emergence.proto}, every other one a {@code SavedReading}, in
 * protobuf's JSON mapping: 64-bit numbers and the exact E are strings of digits, and the logarithm
 * of an E of zero is the string {@code "-Infinity"}.
 *
 * <p>A threshold, share or logarithm of minus zero is read as zero, which means the same.
 */
public final class HistoryJsonLines {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().omittingInsignificantWhitespace().preservingProtoFieldNames();
  /* A field may be added without a new format. One with a misspelt name is missed under its own. */
  private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();

  private HistoryJsonLines() {}

  /**
   * Writes a history to a file, which afterwards is either complete or as it was before.
   *
   * @param history the history; its readings may be of different layers
   * @param file the file, made or replaced
   * @throws IOException if the file cannot be written
   * @throws IllegalArgumentException if a name is no Unicode text, or a reading is of other units
   *     than the rule
   */
  public static void write(EmergenceHistory history, Path file) throws IOException {
    AtomicFile.write(
        file,
        out -> {
          print(HistoryMessages.header(history), out);
          for (EmergenceReading reading : history.readings()) {
            print(HistoryMessages.reading(reading), out);
          }
        });
  }

  /**
   * Reads a history.
   *
   * @param file a file that {@link #write} made
   * @return the history, equal to the one written
   * @throws IOException if the file cannot be read, is cut short, is of a newer format or has a
   *     line that is no reading; the message names the line
   */
  public static EmergenceHistory read(Path file) throws IOException {
    List<String> lines = LineFile.read(file).lines().toList();
    int number = 1;
    try {
      SavedHeader.Builder header = SavedHeader.newBuilder();
      parse(lines.get(0), header, "the header of an emergence history");
      HistoryMessages.requireKnownFormat(header.build());
      VerdictRule rule = HistoryMessages.rule(header.build());
      List<EmergenceReading> readings = new ArrayList<>();
      for (number = 2; number <= lines.size(); number++) {
        SavedReading.Builder reading = SavedReading.newBuilder();
        parse(lines.get(number - 1), reading, "a reading");
        readings.add(HistoryMessages.reading(reading.build(), rule));
      }
      number = 1; // what is wrong now is wrong with the header
      return HistoryMessages.history(header.build(), readings);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ", line " + number + ": " + e.getMessage(), e);
    }
  }

  private static void print(MessageOrBuilder message, OutputStream out) throws IOException {
    out.write((PRINTER.print(message) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void parse(String line, Message.Builder message, String expected) {
    String refusal = "found '" + Excerpt.of(line) + "', expected " + expected;
    if (!JsonForm.isOf(message.getDescriptorForType(), line)) {
      throw new IllegalArgumentException(refusal + " in JSON");
    }
    try {
      PARSER.merge(line, message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(refusal + ": " + e.getMessage(), e);
    }
  }
}
