package org.tfemergence.models.file;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A folder that is filled under a temporary name and appears under its own only when it is
 * complete.
 *
 * <pre>{@code
 * try (StagedDirectory staged = StagedDirectory.create(target)) {
 *   // write into staged.path()
 *   staged.commit();
 * }
 * }</pre>
 *
 * Left without a commit, all that was written is deleted.
 */
public final class StagedDirectory implements AutoCloseable {
  private final Path target;
  private final Path path;

  private StagedDirectory(Path target, Path path) {
    this.target = target;
    this.path = path;
  }

  /**
   * Starts a folder.
   *
   * @param target the folder to appear; it must not exist, its parents are made
   * @return the folder under its temporary name, beside the target
   * @throws FileAlreadyExistsException if the target exists
   * @throws IOException if the folder cannot be made
   */
  public static StagedDirectory create(Path target) throws IOException {
    Path absolute = target.toAbsolutePath().normalize();
    if (Files.exists(absolute)) {
      throw new FileAlreadyExistsException(target.toString());
    }
    Files.createDirectories(absolute.getParent());
    if (!Files.isWritable(absolute.getParent())) {
      throw new AccessDeniedException(absolute.getParent().toString());
    }
    // Files.createTempDirectory would hide the folder, also after the commit, from other users.
    String temporary = "." + absolute.getFileName() + "." + UUID.randomUUID();
    return new StagedDirectory(absolute, Files.createDirectory(absolute.resolveSibling(temporary)));
  }

  /**
   * Returns where to write.
   *
   * @return the folder under its temporary name
   */
  public Path path() {
    return path;
  }

  /**
   * Brings everything to the disk and gives the folder its name.
   *
   * @throws IOException if that fails; the target then does not exist, or is complete
   */
  public void commit() throws IOException {
    List<Path> files;
    try (Stream<Path> tree = Files.walk(path)) {
      files = tree.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    }
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    forceDirectory(target.getParent());
  }

  /* Brings the new name to the disk, where the system knows how: Windows does not open folders. */
  private static void forceDirectory(Path directory) throws IOException {
    if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Deletes what was not committed. */
  @Override
  public void close() throws IOException {
    if (Files.exists(path)) {
      MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
