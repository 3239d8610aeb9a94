package org.tfemergence.emergence.report;

import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tfemergence.emergence.activity.VerdictRule;
import org.tfemergence.emergence.report.proto.SavedHistory;

/**
 * Keeps a history in a binary file, exactly: what is read equals what was written. The file is one
 * protocol buffer, {@code SavedHistory} of {@code emergence.proto}, with a checksum.
 *
 * @see HistoryJsonLines the same fields, for people
 */
public final class HistoryProto {
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
    try {
      return history(SavedHistory.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "found "
              + bytes.size()
              + " bytes that are no complete message, expected an emergence history: "
              + e.getMessage(),
          e);
    }
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
    SavedHistory saved = parse(file);
    try {
      return history(saved);
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
    return saved.setSha256(sha256(saved.build())).build();
  }

  private static EmergenceHistory history(SavedHistory saved) {
    HistoryMessages.requireKnownFormat(saved.getHeader());
    requireIntact(saved);
    VerdictRule rule = HistoryMessages.rule(saved.getHeader());
    List<EmergenceReading> readings = new ArrayList<>();
    for (int i = 0; i < saved.getReadingsCount(); i++) {
      readings.add(reading(saved, i, rule));
    }
    return HistoryMessages.history(saved.getHeader(), readings);
  }

  private static SavedHistory parse(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    try {
      return SavedHistory.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IOException(
          file
              + ": found "
              + bytes.length
              + " bytes that are no complete message, expected an emergence history: "
              + e.getMessage(),
          e);
    }
  }

  private static void requireIntact(SavedHistory saved) {
    if (!saved.hasSha256()) {
      throw new IllegalArgumentException("found no checksum, expected one at the end");
    }
    String found = sha256(saved);
    if (!found.equals(saved.getSha256())) {
      throw new IllegalArgumentException(
          "found SHA-256 " + found + ", expected " + Excerpt.of(saved.getSha256()));
    }
  }

  private static EmergenceReading reading(SavedHistory saved, int index, VerdictRule rule) {
    try {
      return HistoryMessages.reading(saved.getReadings(index), rule);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("reading " + (index + 1) + ": " + e.getMessage(), e);
    }
  }

  private static String sha256(SavedHistory saved) {
    byte[] bytes = saved.toBuilder().clearSha256().build().toByteArray();
    return Hashing.sha256().hashBytes(bytes).toString();
  }
}
