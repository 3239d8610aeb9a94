package org.tfemergence.examples.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** One IDX content while it is read: knows its name and position, so that errors can tell both. */
final class IdxStream {
  private static final int FIRST_BUFFER = 1 << 16;

  private final String name;
  private final InputStream in;
  private long position;

  private IdxStream(String name, InputStream in) {
    this.name = name;
    this.in = in;
  }

  static IdxStream open(IdxSource source) throws IOException {
    try {
      return new IdxStream(source.name(), Gunzip.ifNeeded(source.stream()));
    } catch (IOException e) {
      throw unreadable(source.name(), 0, "a complete gzip header", e);
    }
  }

  String name() {
    return name;
  }

  /** Reads past the magic number. */
  void expectMagic(int magic, String kind) throws IOException {
    String expected = hexadecimal(magic) + " (" + kind + ")";
    byte[] bytes = take(Integer.BYTES, expected);
    if (bytes.length == 0) {
      throw fault(0, "an empty file", expected);
    }
    if (bytes.length < Integer.BYTES) {
      throw fault(0, "a file of " + bytes.length + " bytes", expected);
    }
    int found = ByteBuffer.wrap(bytes).getInt();
    if (found != magic) {
      throw fault(0, hexadecimal(found), expected);
    }
  }

  /** Reads the unsigned four-byte numbers that follow the magic number; none may be zero. */
  long[] dimensions(String... names) throws IOException {
    long start = position;
    int length = names.length * Integer.BYTES;
    String expected = "a header of " + (start + length) + " bytes";
    byte[] bytes = take(length, expected);
    if (bytes.length < length) {
      throw fault(position, "the end of the file", expected);
    }
    ByteBuffer header = ByteBuffer.wrap(bytes);
    long[] values = new long[names.length];
    for (int i = 0; i < names.length; i++) {
      values[i] = Integer.toUnsignedLong(header.getInt());
      if (values[i] == 0) {
        throw fault(start + (long) i * Integer.BYTES, "0 " + names[i], "at least 1");
      }
    }
    return values;
  }

  /** Reads exactly {@code length} bytes and the end of the file. */
  byte[] payload(int length) throws IOException {
    String expected = length + " bytes after the header";
    long start = position;
    byte[] bytes = take(length, expected);
    if (bytes.length < length) {
      throw fault(position, "the end of the file", expected);
    }
    if (take(1, "the end of the file").length > 0) {
      throw fault(start + length, "more bytes", "the end of the file");
    }
    return bytes;
  }

  IOException fault(long offset, String found, String expected) {
    return new IOException(describe(name, offset, found, expected));
  }

  /*
   * The array grows with what the file really holds: the length comes from its header, and a header
   * is cheap to forge.
   */
  private byte[] take(int length, String expected) throws IOException {
    byte[] bytes = new byte[Math.min(length, FIRST_BUFFER)];
    int filled = 0;
    while (filled < length) {
      if (filled == bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * filled));
      }
      int n = read(bytes, filled, expected);
      if (n < 0) {
        return Arrays.copyOf(bytes, filled);
      }
      filled += n;
      position += n;
    }
    return bytes;
  }

  private int read(byte[] bytes, int from, String expected) throws IOException {
    try {
      return in.read(bytes, from, bytes.length - from);
    } catch (IOException e) {
      throw unreadable(name, position, expected, e);
    }
  }

  private static IOException unreadable(String name, long at, String expected, IOException e) {
    String found =
        e instanceof EOFException
            ? "the end of a truncated gzip stream"
            : "unreadable data (" + e.getMessage() + ")";
    return new IOException(describe(name, at, found, expected), e);
  }

  private static String describe(String name, long offset, String found, String expected) {
    return name + ": byte " + offset + ": found " + found + ", expected " + expected;
  }

  private static String hexadecimal(int number) {
    return "0x" + HexFormat.of().toHexDigits(number);
  }
}
