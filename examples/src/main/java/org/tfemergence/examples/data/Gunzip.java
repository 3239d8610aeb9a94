package org.tfemergence.examples.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Decompression decided by the content's first two bytes, never by the file's name. */
final class Gunzip {
  private static final int BUFFER = 1 << 16;

  private Gunzip() {}

  /** Returns the decompressed content if {@code in} starts like gzip, else the content itself. */
  static InputStream ifNeeded(InputStream in) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
    buffered.mark(2);
    boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
    buffered.reset();
    return gzip ? new GZIPInputStream(buffered, BUFFER) : buffered;
  }
}
