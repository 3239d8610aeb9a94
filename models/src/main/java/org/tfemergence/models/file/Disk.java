package org.tfemergence.models.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What files and folders that appear when complete have in common. */
final class Disk {
  private static final Pattern TEMPORARY =
      Pattern.compile("\\.(.+)\\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

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

  /** Returns a new hidden name beside a target. */
  static Path temporary(Path target) {
    return target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
  }

  /** Returns the name that a path is a {@link #temporary} name for; empty if it is none. */
  static Optional<String> temporaryOf(Path path) {
    Matcher matcher = TEMPORARY.matcher(path.getFileName().toString());
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /*
   * Brings a file or folder to the disk. Not all systems open folders: Windows does not. A thread
   * that was interrupted, as one that is told to stop training, may still save: its flag would close
   * the channel, so it is put aside.
   */
  static void force(Path path) throws IOException {
    boolean folder = Files.isDirectory(path);
    if (folder && !path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    StandardOpenOption option = folder ? StandardOpenOption.READ : StandardOpenOption.WRITE;
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel = FileChannel.open(path, option)) {
      channel.force(true);
    } catch (IOException e) {
      throw new IOException(path + ": " + e.getMessage(), e); // the system's message has no path
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
