package org.tfemergence.emergence.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file that one alone has locked, of all processes and of all threads of each, until closed or
 * dead. The file is empty and stays behind.
 */
public final class LockFile implements AutoCloseable {
  /*
   * The files that this process has locked. A lock of POSIX belongs to the process and goes when it
   * closes any channel on the file: a second attempt must not even touch it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final Path real;
  private final FileChannel channel; // open as long as this is
  private final Object identity;

  private LockFile(Path file, Path real, FileChannel channel, Object identity) {
    this.file = file;
    this.real = real;
    this.channel = channel;
    this.identity = identity;
  }

  /**
   * Locks a file, without waiting.
   *
   * @param file the file, made if it is absent, in a folder that exists
   * @return the lock; empty if another has it, here or in another process
   * @throws IOException if the file cannot be made or locked
   */
  public static Optional<LockFile> tryLock(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path real = absolute.getParent().toRealPath().resolve(absolute.getFileName());
    if (!HELD.add(real)) {
      return Optional.empty();
    }
    Optional<LockFile> lock = Optional.empty();
    try {
      lock = Disk.uninterrupted(() -> open(absolute, real));
      return lock;
    } finally {
      if (lock.isEmpty()) {
        HELD.remove(real);
      }
    }
  }

  /* Who has a lock may delete the file: a lock on what is no longer there keeps nobody out. */
  private static Optional<LockFile> open(Path file, Path real) throws IOException {
    while (true) {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      LockFile lock = null;
      try {
        if (!isLocked(channel)) {
          return Optional.empty();
        }
        Optional<Object> identity = identity(file);
        if (identity.isPresent()) {
          lock = new LockFile(file, real, channel, identity.get());
          return Optional.of(lock);
        }
      } finally {
        if (lock == null) {
          channel.close();
        }
      }
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock(); // released when the channel is closed
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // by a channel of this process that is not of this class
    }
  }

  /* What tells a file from one made later under the same name; empty if there is none. */
  private static Optional<Object> identity(Path file) throws IOException {
    try {
      Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return Optional.of(Objects.requireNonNullElse(key, file)); // Windows tells none
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Tells whether this still keeps others out: not if it was closed, nor if the file was deleted or
   * replaced, alone or with its folder.
   *
   * @return whether the file is there, and is the one that was locked
   * @throws IOException if that cannot be found out
   */
  public boolean isHeld() throws IOException {
    return channel.isOpen() && identity(file).filter(identity::equals).isPresent();
  }

  /** Gives the file free; it is not deleted. Closed already, this does nothing. */
  @Override
  public void close() throws IOException {
    if (!channel.isOpen()) {
      return; // the file may be another's by now
    }
    try {
      channel.close();
    } finally {
      HELD.remove(real);
    }
  }
}
