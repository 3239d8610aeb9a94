package org.tfemergence.emergence.file;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;

/**
 * A file that is written under a temporary name and appears under its own only when it is complete.
 * Left without a commit, it is deleted.
 */
public final class StagedFile implements AutoCloseable {
  private final Path target;
  private final Staging staging;

  private StagedFile(Path target, Staging staging) {
    this.target = target;
    this.staging = staging;
  }

  /**
   * Starts a file, and clears away what killed processes left of earlier ones of this name.
   *
   * @param target the file to appear; it must not exist, its parents are made
   * @return the file under its temporary name, in a hidden folder beside the target, not made yet
   * @throws FileAlreadyExistsException if the target exists
   * @throws IOException if the parents cannot be made
   */
  public static StagedFile create(Path target) throws IOException {
    Path absolute = Disk.free(target);
    return new StagedFile(absolute, Staging.of(absolute));
  }

  /**
   * Returns where to write.
   *
   * @return the file under its temporary name
   */
  public Path path() {
    return staging.content();
  }

  /**
   * Brings everything to the disk and gives the file its name.
   *
   * @throws IOException if that fails; the target then does not exist, or is complete
   */
  public void commit() throws IOException {
    Disk.force(path());
    Disk.rename(path(), target);
  }

  /** Deletes what was not committed. */
  @Override
  public void close() throws IOException {
    staging.close();
  }
}
