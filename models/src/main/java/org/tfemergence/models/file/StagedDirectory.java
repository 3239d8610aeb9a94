package org.tfemergence.models.file;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
    Path absolute = Disk.free(target);
    if (!Files.isWritable(absolute.getParent())) {
      throw new AccessDeniedException(absolute.getParent().toString());
    }
    // Files.createTempDirectory would hide the folder, also after the commit, from other users.
    return new StagedDirectory(absolute, Files.createDirectory(Disk.temporary(absolute)));
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
    List<Path> tree;
    try (Stream<Path> paths = Files.walk(path)) {
      tree = paths.sorted(Comparator.reverseOrder()).toList(); // a folder after what is in it
    } catch (UncheckedIOException e) { // of a folder within
      throw e.getCause();
    }
    for (Path each : tree) {
      Disk.force(each);
    }
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    Disk.force(target.getParent());
  }

  /**
   * Deletes what killed processes left of folders whose names fit a pattern.
   *
   * @param parent where the folders are; it may be absent
   * @param names the names of such folders; nobody may be writing one
   * @throws IOException if that fails
   */
  public static void deleteLeftovers(Path parent, Pattern names) throws IOException {
    if (!Files.isDirectory(parent)) {
      return;
    }
    List<Path> leftovers;
    try (Stream<Path> children = Files.list(parent)) {
      leftovers =
          children
              .filter(child -> Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS))
              .filter(child -> Disk.temporaryOf(child).filter(n -> fits(names, n)).isPresent())
              .toList();
    }
    for (Path leftover : leftovers) {
      MoreFiles.deleteRecursively(leftover, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private static boolean fits(Pattern names, String name) {
    return names.matcher(name).matches();
  }

  /** Deletes what was not committed. */
  @Override
  public void close() throws IOException {
    if (Files.exists(path)) {
      MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
