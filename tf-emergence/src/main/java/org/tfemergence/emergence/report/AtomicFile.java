package org.tfemergence.emergence.report;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file that is afterwards either complete and on the disk, or as it was before. */
final class AtomicFile {
  /** What is to be in the file. */
  @FunctionalInterface
  interface Content {
    void write(OutputStream out) throws IOException;
  }

  private AtomicFile() {}

  /*
   * Written beside the file, forced to the disk, then renamed. Not a temporary file of the system:
   * those can be read by their owner only, and may lie on another disk. A thread that was
   * interrupted, as one that is told to stop training, may still write: its flag would close the
   * channels, so it is put aside.
   */
  static void write(Path file, Content content) throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".part");
    boolean interrupted = Thread.interrupted();
    try {
      try (OutputStream out = new BufferedOutputStream(newFile(partial))) {
        content.write(out);
      }
      force(partial, StandardOpenOption.WRITE);
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      forceName(file.toAbsolutePath().getParent());
    } catch (IOException | RuntimeException | Error e) {
      delete(partial, e);
      throw e;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static OutputStream newFile(Path file) throws IOException {
    return Files.newOutputStream(file, StandardOpenOption.CREATE_NEW);
  }

  private static void force(Path path, StandardOpenOption how) throws IOException {
    try (FileChannel channel = FileChannel.open(path, how)) {
      channel.force(true);
    }
  }

  /* Brings the new name to the disk, where the system knows how: Windows does not open folders. */
  private static void forceName(Path directory) throws IOException {
    if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      force(directory, StandardOpenOption.READ);
    }
  }

  private static void delete(Path partial, Throwable failure) {
    try {
      Files.deleteIfExists(partial);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
