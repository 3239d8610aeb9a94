package org.tfemergence.emergence.file;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes a file that is afterwards either complete and on the disk, or as it was before. */
public final class AtomicFile {
  /** What is to be in the file. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all of it.
     *
     * @param out where to; the caller closes it
     * @throws IOException if it cannot be written
     */
    void write(OutputStream out) throws IOException;
  }

  private AtomicFile() {}

  /**
   * Writes a file, also in a thread that is interrupted, and stays so.
   *
   * @param file the file, made or replaced, in a folder that exists
   * @param content what is to be in it
   * @throws IOException if it cannot be written
   */
  public static void write(Path file, Content content) throws IOException {
    Path target = file.toAbsolutePath();
    try (Staging staging = Staging.of(target)) {
      try (OutputStream out =
          new BufferedOutputStream(
              Files.newOutputStream(staging.content(), StandardOpenOption.CREATE_NEW))) {
        content.write(out);
      }
      Disk.force(staging.content());
      Disk.rename(staging.content(), target);
    }
  }
}
