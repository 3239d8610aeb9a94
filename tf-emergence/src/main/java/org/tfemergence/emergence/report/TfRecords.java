package org.tfemergence.emergence.report;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** The framing of TFRecord files. */
final class TfRecords {
  /** The bytes of a length and its checksum, before the data. */
  static final int HEAD = Long.BYTES + Integer.BYTES;

  private TfRecords() {}

  /* Length, its checksum, the bytes, their checksum; all little-endian. */
  static void write(byte[] data, OutputStream out) throws IOException {
    byte[] length = allocate(Long.BYTES).putLong(data.length).array();
    out.write(length);
    out.write(allocate(Integer.BYTES).putInt(maskedChecksum(length)).array());
    out.write(data);
    out.write(allocate(Integer.BYTES).putInt(maskedChecksum(data)).array());
  }

  /* As in tensorflow/core/lib/hash/crc32c.h: rotated right by 15 bits, plus a constant. */
  static int maskedChecksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  static ByteBuffer wrap(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer allocate(int size) {
    return wrap(new byte[size]);
  }
}
