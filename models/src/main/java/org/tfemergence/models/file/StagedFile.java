package org.tfemergence.models.file;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that is written under a temporary name and appears under its own only when it is complete.
 * Left without a commit, it is deleted.
 */
public final class StagedFile implements AutoCloseable {
  private final Path target;
  private final Path path;

  private StagedFile(Path target, Path path) {
    this.target = target;
    this.path = path;
  }

  /**
   * Starts a file.
   *
   * @param target the file to appear; it must not exist, its parents are made
   * @return the file under its temporary name, beside the target, not made yet
   * @throws FileAlreadyExistsException if the target exists
   * @throws IOException if the parents cannot be made
   */
  public static StagedFile create(Path target) throws IOException {
    Path absolute = Disk.free(target);
    return new StagedFile(absolute, Disk.temporary(absolute));
  }

  /**
   * Returns where to write.
   *
   * @return the file under its temporary name
   */
  public Path path() {
    return path;
  }

  /**
   * Brings everything to the disk and gives the file its name.
   *
   * @throws IOException if that fails; the target then does not exist, or is complete
   */
  public void commit() throws IOException {
    Disk.force(path);
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    Disk.force(target.getParent());
  }

  /** Deletes what was not committed. */
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(path);
  }
}
