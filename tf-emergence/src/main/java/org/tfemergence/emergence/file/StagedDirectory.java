package org.tfemergence.emergence.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
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
  private final Staging staging;

  private StagedDirectory(Path target, Staging staging) {
    this.target = target;
    this.staging = staging;
  }

  /**
   * Starts a folder, and clears away what killed processes left of earlier ones of this name.
   *
   * @param target the folder to appear; it must not exist, its parents are made
   * @return the folder under its temporary name, in a hidden one beside the target
   * @throws FileAlreadyExistsException if the target exists
   * @throws IOException if the folder cannot be made
   */
  public static StagedDirectory create(Path target) throws IOException {
    Path absolute = Disk.free(target);
    if (!Files.isWritable(absolute.getParent())) {
      throw new AccessDeniedException(absolute.getParent().toString());
    }
    Staging staging = Staging.of(absolute);
    try {
      Files.createDirectory(staging.content());
      return new StagedDirectory(absolute, staging);
    } catch (IOException e) {
      staging.close();
      throw e;
    }
  }

  /**
   * Returns where to write.
   *
   * @return the folder under its temporary name
   */
  public Path path() {
    return staging.content();
  }

  /**
   * Brings everything to the disk and gives the folder its name.
   *
   * @throws IOException if that fails; the target then does not exist, or is complete
   */
  public void commit() throws IOException {
    List<Path> tree;
    try (Stream<Path> paths = Files.walk(path())) {
      tree = paths.sorted(Comparator.reverseOrder()).toList(); // a folder after what is in it
    } catch (UncheckedIOException e) { // of a folder within
      throw e.getCause();
    }
    for (Path each : tree) {
      Disk.force(each);
    }
    Disk.rename(path(), target);
  }

  /**
   * Deletes what killed processes left of folders and files whose names fit a pattern, and of such
   * that {@link Folders#delete} could not delete. What a process is making stays.
   *
   * @param parent where they are; it may be absent
   * @param names their names
   * @return why some were not deleted, each with its path
   */
  public static List<IOException> deleteLeftovers(Path parent, Pattern names) {
    return Staging.deleteLeftovers(parent, names.asMatchPredicate());
  }

  /** Deletes what was not committed. */
  @Override
  public void close() throws IOException {
    staging.close();
  }
}
