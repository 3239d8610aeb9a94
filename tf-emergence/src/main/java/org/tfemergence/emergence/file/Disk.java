package org.tfemergence.emergence.file;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** What files and folders that appear when complete have in common. */
final class Disk {
  /** What is to be done with files. */
  @FunctionalInterface
  interface Action<T> {
    T run() throws IOException;
  }

  private Disk() {}

  /*
   * Returns the absolute path of a target that does not exist, and makes its parents. The system
   * alone knows what ".." behind a link is.
   */
  static Path free(Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    if (Files.exists(absolute) || absolute.endsWith(".") || absolute.endsWith("..")) {
      throw new FileAlreadyExistsException(target.toString());
    }
    Folders.create(absolute.getParent());
    return absolute;
  }

  /** Gives what is on the disk already another name, on the disk too when this returns. */
  static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    force(to.getParent());
  }

  /** Brings a file or folder to the disk. Not all systems open folders: Windows does not. */
  static void force(Path path) throws IOException {
    boolean folder = Files.isDirectory(path);
    if (folder && !path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    StandardOpenOption option = folder ? StandardOpenOption.READ : StandardOpenOption.WRITE;
    try {
      uninterrupted(
          () -> {
            try (FileChannel channel = FileChannel.open(path, option)) {
              channel.force(true);
              return path;
            }
          });
    } catch (IOException e) {
      throw new IOException(path + ": " + e.getMessage(), e); // the system's message has no path
    }
  }

  /*
   * A thread that is interrupted, as one that is told to stop training, may still save. Its flag
   * closes channels, whenever it is set: it is put aside, and what it ended is done again.
   */
  static <T> T uninterrupted(Action<T> action) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return action.run();
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
