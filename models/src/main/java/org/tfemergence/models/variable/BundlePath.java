package org.tfemergence.models.variable;

import com.google.common.base.CharMatcher;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The path of a tensor bundle as TensorFlow is to be told it. TensorFlow shortens {@code LINK/..}
 * to nothing, where the system follows the link; and it looks for a bundle to restore by a pattern,
 * in which brackets and backslashes do not stand for themselves. So it gets the real path, and
 * where that has such characters, one through a link among the system's temporary files, which is
 * there until this is closed.
 */
public final class BundlePath implements AutoCloseable {
  private static final CharMatcher OF_PATTERNS = CharMatcher.anyOf("[\\");

  private final Path folder;
  private final Path name;
  private final boolean linked;

  private BundlePath(Path folder, Path name, boolean linked) {
    this.folder = folder;
    this.name = name;
    this.linked = linked;
  }

  /**
   * Finds the path.
   *
   * @param prefix the bundle's files without their endings, in a folder that exists
   * @return the path, to be closed when TensorFlow is done with it
   * @throws IOException if the folder does not exist, the name itself has such characters, or no
   *     link can be made
   */
  public static BundlePath of(Path prefix) throws IOException {
    Path name = prefix.getFileName();
    if (!isPlain(name)) {
      throw new IOException(prefix + ": TensorFlow does not find files with [ or \\ in their name");
    }
    Path folder = prefix.toAbsolutePath().getParent().toRealPath();
    if (isPlain(folder)) {
      return new BundlePath(folder, name, false);
    }
    Path link = Path.of(System.getProperty("java.io.tmpdir"), "tf-emergence." + UUID.randomUUID());
    return new BundlePath(Files.createSymbolicLink(link.toAbsolutePath(), folder), name, true);
  }

  /**
   * Tells whether TensorFlow finds files to restore by a path. On Windows its patterns are simpler.
   *
   * @param path the path
   * @return whether it has no character that stands for something else
   */
  public static boolean isPlain(Path path) {
    return File.separatorChar == '\\' || OF_PATTERNS.matchesNoneOf(path.toString());
  }

  @Override
  public String toString() {
    return folder.resolve(name).toString();
  }

  /** Takes the link away, if there is one. */
  @Override
  public void close() throws IOException {
    if (linked) {
      Files.deleteIfExists(folder);
    }
  }
}
