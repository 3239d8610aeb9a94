package org.tfemergence.emergence.report;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.file.AtomicFile;
import org.tfemergence.emergence.report.proto.SavedHistory;

/**
 * Keeps a history in a binary file, exactly: what is read equals what was written. The file is one
 * protocol buffer, {@code SavedHistory} of {@code emergence.proto}, with a checksum.
 *
 * @see HistoryJsonLines the same fields, for people
 */
public final class HistoryProto {
  private static final String EXPECTED = "an emergence history";

  private HistoryProto() {}

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
    SavedHistory complete = saved(history);
    AtomicFile.write(file, complete::writeTo);
  }

  /**
   * Returns a history as the bytes of such a file.
   *
   * @param history the history; its readings may be of different layers
   * @return the bytes
   * @throws IllegalArgumentException if a name is no Unicode text, or a reading is of other units
   *     than the rule
   */
  public static ByteString bytes(EmergenceHistory history) {
    return saved(history).toByteString();
  }

  /**
   * Returns the history of bytes.
   *
   * @param bytes from {@link #bytes}
   * @return the history, equal to the one given there
   * @throws IllegalArgumentException if the bytes are cut short, damaged or of a newer format
   */
  public static EmergenceHistory of(ByteString bytes) {
    return history(Seal.parse(SavedHistory.parser(), bytes, EXPECTED));
  }

  /**
   * Reads a history.
   *
   * @param file a file that {@link #write} made
   * @return the history, equal to the one written
   * @throws IOException if the file cannot be read, is cut short, is damaged or is of a newer
   *     format
   */
  public static EmergenceHistory read(Path file) throws IOException {
    ByteString bytes = ByteString.copyFrom(Files.readAllBytes(file));
    try {
      return of(bytes);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static SavedHistory saved(EmergenceHistory history) {
    SavedHistory.Builder saved =
        SavedHistory.newBuilder().setHeader(HistoryMessages.header(history));
    for (EmergenceReading reading : history.readings()) {
      saved.addReadings(HistoryMessages.reading(reading));
    }
    return saved.setSha256(Seal.of(saved.build())).build();
  }

  private static EmergenceHistory history(SavedHistory saved) {
    HistoryMessages.requireKnownFormat(saved.getHeader());
    Seal.require(saved);
    VerdictRule rule = HistoryMessages.rule(saved.getHeader());
    List<EmergenceReading> readings = new ArrayList<>();
    for (int i = 0; i < saved.getReadingsCount(); i++) {
      readings.add(reading(saved, i, rule));
    }
    return HistoryMessages.history(saved.getHeader(), readings);
  }

  private static EmergenceReading reading(SavedHistory saved, int index, VerdictRule rule) {
    try {
      return HistoryMessages.reading(saved.getReadings(index), rule);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("reading " + (index + 1) + ": " + e.getMessage(), e);
    }
  }
}
