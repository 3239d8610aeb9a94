package org.tfemergence.models.npz;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The names in a ZIP archive: each stands in the archive's directory and before the entry itself.
 * {@code ZipFile} reads the first alone, so a damaged one would go unnoticed.
 *
 * <p>The layout is that of PKWARE's APPNOTE.TXT 6.3.9: local headers (4.3.7), the directory
 * (4.3.12), its end (4.3.16), and the longer numbers of ZIP64 (4.3.14, 4.5.3).
 */
final class ZipNames {
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_LENGTH = 30;
  private static final int ENTRY_LENGTH = 46;
  private static final int END = 0x06054b50;
  private static final int END_LENGTH = 22;
  private static final int LOCATOR = 0x07064b50;
  private static final int LOCATOR_LENGTH = 20;
  private static final int LONG_END_LENGTH = 56;
  private static final int LONG_NUMBERS = 1; // the extra field of ZIP64
  private static final long ELSEWHERE = 0xffffffffL; // a number that is a long one

  private final FileChannel file;

  private ZipNames(FileChannel file) {
    this.file = file;
  }

  /**
   * Refuses an archive in which they differ.
   *
   * @param path an archive that {@code ZipFile} opens
   * @throws IOException if it cannot be read, or two names differ; the message names the file
   */
  static void requireEqual(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path)) {
      new ZipNames(file).requireEqual();
    } catch (IOException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new IOException(path + ": not a .npz file: " + e.getMessage(), e);
    }
  }

  private void requireEqual() throws IOException {
    long end = end();
    ByteBuffer last = read(end, END_LENGTH);
    long length = Integer.toUnsignedLong(last.getInt(12));
    long start = Integer.toUnsignedLong(last.getInt(16));
    ByteBuffer locator = read(Math.max(0, end - LOCATOR_LENGTH), LOCATOR_LENGTH);
    if (locator.getInt(0) == LOCATOR) {
      end = locator.getLong(8);
      ByteBuffer longs = read(end, LONG_END_LENGTH);
      length = longs.getLong(40);
      start = longs.getLong(48);
    }
    long before = end - length - start; // whatever stands before the archive
    ByteBuffer directory = read(end - length, Math.toIntExact(length));
    int at = 0;
    while (at < length) {
      at += entry(directory, at, before);
    }
  }

  /* Returns the length of the entry in the directory. */
  private int entry(ByteBuffer directory, int at, long before) throws IOException {
    int name = Short.toUnsignedInt(directory.getShort(at + 28));
    int extra = Short.toUnsignedInt(directory.getShort(at + 30));
    int comment = Short.toUnsignedInt(directory.getShort(at + 32));
    long local = before + local(directory, at, at + ENTRY_LENGTH + name, extra);
    ByteBuffer header = read(local, LOCAL_LENGTH);
    ByteBuffer here = directory.slice(at + ENTRY_LENGTH, name);
    ByteBuffer there = read(local + LOCAL_LENGTH, Short.toUnsignedInt(header.getShort(26)));
    if (header.getInt(0) != LOCAL || !there.equals(here)) {
      throw new IOException(
          "found '%s' at byte %s, expected '%s', as the directory names it"
              .formatted(text(there), local, text(here)));
    }
    return ENTRY_LENGTH + name + extra + comment;
  }

  /* Where the entry itself begins, counted from the archive's first byte. */
  private static long local(ByteBuffer directory, int at, int extra, int length) {
    long local = Integer.toUnsignedLong(directory.getInt(at + 42));
    for (int field = extra; local == ELSEWHERE && field < extra + length; ) {
      if (directory.getShort(field) == LONG_NUMBERS) {
        int sizes = directory.getInt(at + 24) == (int) ELSEWHERE ? Long.BYTES : 0;
        sizes += directory.getInt(at + 20) == (int) ELSEWHERE ? Long.BYTES : 0;
        return directory.getLong(field + 4 + sizes);
      }
      field += 4 + Short.toUnsignedInt(directory.getShort(field + 2));
    }
    return local;
  }

  /* Where the end of the directory stands: last in the file, but for a comment. */
  private long end() throws IOException {
    int length = (int) Math.min(file.size(), END_LENGTH + 0xffff);
    long first = file.size() - length;
    ByteBuffer tail = read(first, length);
    for (int at = length - END_LENGTH; at >= 0; at--) {
      if (tail.getInt(at) == END
          && Short.toUnsignedInt(tail.getShort(at + 20)) == length - END_LENGTH - at) {
        return first + at;
      }
    }
    throw new IOException("found no end of its directory");
  }

  private ByteBuffer read(long from, int length) throws IOException {
    if (from < 0 || from > file.size() - length) {
      throw new EOFException("found its end before byte " + (from + length));
    }
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, from + bytes.position()) < 0) {
        throw new EOFException("ends while it is read");
      }
    }
    return bytes.flip();
  }

  private static String text(ByteBuffer name) {
    return StandardCharsets.UTF_8.decode(name.duplicate()).toString();
  }
}
