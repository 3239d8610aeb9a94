package org.tfemergence.emergence.report;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Takes the records of a TFRecord file one by one. Tells a file that ends within a record, as one
 * that is still being written does, from one that is damaged.
 */
final class TfRecordReader {
  private final InputStream in;
  private long offset;
  private boolean truncated;

  TfRecordReader(InputStream in) {
    this.in = in;
  }

  /**
   * Returns the next record's bytes; nothing at the end of the file or of what is complete of it.
   *
   * @throws IOException if a checksum does not match, with the offset, without the file's name
   */
  Optional<byte[]> next() throws IOException {
    byte[] head = in.readNBytes(TfRecords.HEAD);
    if (head.length < TfRecords.HEAD) {
      truncated = head.length > 0;
      return Optional.empty();
    }
    byte[] size = Arrays.copyOf(head, Long.BYTES);
    requireChecksum(size, TfRecords.wrap(head).getInt(Long.BYTES), offset, "of the length");
    long length = TfRecords.wrap(size).getLong();
    if (length < 0 || length > Integer.MAX_VALUE - 8) {
      throw new IOException(
          "offset " + offset + ": found a record of " + length + " bytes, expected at most 2 GB");
    }
    byte[] data = in.readNBytes((int) length);
    byte[] checksum = in.readNBytes(Integer.BYTES);
    if (checksum.length < Integer.BYTES) {
      truncated = true;
      return Optional.empty();
    }
    requireChecksum(
        data, TfRecords.wrap(checksum).getInt(), offset + TfRecords.HEAD, "of the data");
    offset += TfRecords.HEAD + length + Integer.BYTES;
    return Optional.of(data);
  }

  /** Where the next record begins. */
  long offset() {
    return offset;
  }

  /** Where the incomplete record at the end begins, after nothing was returned. */
  OptionalLong truncatedAt() {
    return truncated ? OptionalLong.of(offset) : OptionalLong.empty();
  }

  private static void requireChecksum(byte[] bytes, int expected, long offset, String what)
      throws IOException {
    int found = TfRecords.maskedChecksum(bytes);
    if (found != expected) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "offset %d: found checksum %08x %s, expected %08x",
              offset,
              found,
              what,
              expected));
    }
  }
}
