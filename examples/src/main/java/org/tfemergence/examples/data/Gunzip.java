package org.tfemergence.examples.data;

import com.google.common.io.CountingInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

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
    return gzip ? new Members(new CountingInputStream(buffered)) : buffered;
  }

  /** The content of a gzip file, all of which must be gzip: the JDK takes any bytes behind it. */
  private static final class Members extends GZIPInputStream {
    private static final int TRAILER = 8; // checksum and length

    private final CountingInputStream file;
    private long filled; // bytes of the file until the last filling of the buffer

    Members(CountingInputStream file) throws IOException {
      super(file, BUFFER);
      this.file = file;
    }

    @Override
    protected void fill() throws IOException {
      super.fill();
      filled = file.getCount();
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int read = super.read(bytes, from, length);
      if (read < 0) {
        requireEnd();
      }
      return read;
    }

    /* What the inflater left in the buffer, and what was read behind it, must be the trailer. */
    private void requireEnd() throws IOException {
      boolean more = file.read() >= 0;
      if (more || inf.getRemaining() + file.getCount() - filled != TRAILER) {
        throw new ZipException("more bytes behind the end of the gzip stream");
      }
    }
  }
}
