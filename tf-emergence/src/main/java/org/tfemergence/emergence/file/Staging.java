package org.tfemergence.emergence.file;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where something is made before it gets its name: the hidden folder {@code .NAME.UUID} beside it.
 * A lock in the folder, which goes with the process, tells that its owner is at work; a folder that
 * nobody has locked is a leftover of one that was killed.
 */
final class Staging implements AutoCloseable {
  private static final Pattern NAME =
      Pattern.compile("\\.(.+)\\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final String LOCK = "lock";

  private final Path folder;
  private final LockFile lock;

  private Staging(Path folder, LockFile lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /**
   * Starts, and clears away what earlier ones of the same target left; what cannot be deleted, such
   * as another user's, stays.
   *
   * @param target an absolute path in a folder that exists
   */
  static Staging of(Path target) throws IOException {
    deleteLeftovers(target.getParent(), target.getFileName().toString()::equals);
    while (true) {
      Path folder = hidden(target);
      // Files.createTempDirectory would hide the content from other users, also under its name.
      Files.createDirectory(folder);
      try {
        Optional<LockFile> lock = LockFile.tryLock(folder.resolve(LOCK));
        if (lock.isPresent()) {
          return new Staging(folder, lock.get());
        }
      } catch (NoSuchFileException e) {
        // As when it is locked: one who clears away leftovers was faster than our lock.
      } catch (IOException e) {
        Files.deleteIfExists(folder);
        throw e;
      }
    }
  }

  /** Returns a new hidden name beside a target, which is that of a leftover once it exists. */
  static Path hidden(Path target) {
    return target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
  }

  /** Returns where to write: a file or folder, not made yet. */
  Path content() {
    return folder.resolve("content");
  }

  /**
   * Deletes the leftovers of targets that nobody is making.
   *
   * @param parent where the targets are; it may be absent
   * @param names tells whether a target's name is one of those
   * @return why some were not deleted, each with its path
   */
  static List<IOException> deleteLeftovers(Path parent, Predicate<String> names) {
    List<IOException> failures = new ArrayList<>();
    for (Path leftover : leftovers(parent, names, failures)) {
      try {
        Optional<LockFile> lock = LockFile.tryLock(leftover.resolve(LOCK));
        if (lock.isPresent()) {
          delete(leftover, lock.get());
        }
      } catch (NoSuchFileException e) {
        // It is gone: its owner was at work, or another cleared it away.
      } catch (IOException e) {
        failures.add(new IOException(leftover + ": cannot be deleted: " + e.getMessage(), e));
      }
    }
    return failures;
  }

  private static List<Path> leftovers(
      Path parent, Predicate<String> names, List<IOException> failures) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try {
      return MoreFiles.listFiles(parent).stream()
          .filter(child -> target(child).filter(names).isPresent())
          .filter(child -> Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS))
          .toList();
    } catch (IOException e) {
      failures.add(new IOException(parent + ": cannot be listed: " + e.getMessage(), e));
      return List.of();
    }
  }

  private static Optional<String> target(Path hidden) {
    Matcher name = NAME.matcher(hidden.getFileName().toString());
    return name.matches() ? Optional.of(name.group(1)) : Optional.empty();
  }

  /** Deletes the folder with what is left in it. */
  @Override
  public void close() throws IOException {
    delete(folder, lock);
  }

  /* The lock last: from then on others may delete the folder too. Windows wants it closed before. */
  private static void delete(Path folder, LockFile lock) throws IOException {
    try (lock) {
      if (!Files.isDirectory(folder)) {
        return;
      }
      for (Path child : MoreFiles.listFiles(folder)) {
        if (!child.endsWith(LOCK)) {
          MoreFiles.deleteRecursively(child, RecursiveDeleteOption.ALLOW_INSECURE);
        }
      }
      Files.deleteIfExists(folder.resolve(LOCK));
    }
    try {
      Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException e) {
      // Another has locked it since, and clears it away.
    }
  }
}
