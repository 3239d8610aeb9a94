package org.tfemergence.emergence.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LockFileTest {
  @TempDir private Path folder;

  /** A program that ends with 3 if a file is locked. */
  static final class Other {
    public static void main(String[] args) throws IOException {
      Optional<LockFile> lock = LockFile.tryLock(Path.of(args[0]));
      System.exit(lock.isPresent() ? 0 : 3);
    }
  }

  /** POSIX drops a process's lock on a file when it closes any channel to it. */
  @Test
  void tryLock_twiceHere_isRefusedAndKeepsOthersOut() throws Exception {
    Path file = folder.resolve("lock");
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    LockFile lock = LockFile.tryLock(file).orElseThrow();
    assertThat(LockFile.tryLock(file)).isEmpty();
    assertThat(LockFile.tryLock(link.resolve("lock"))).isEmpty();
    assertThat(other(file)).isEqualTo(3);
    assertThat(lock.isHeld()).isTrue();

    lock.close();
    assertThat(lock.isHeld()).isFalse();
    assertThat(other(file)).isZero();
    try (LockFile second = LockFile.tryLock(file).orElseThrow()) {
      lock.close(); // closed already: the file is another's
      assertThat(LockFile.tryLock(file)).isEmpty();
      assertThat(second.isHeld()).isTrue();
    }
  }

  @Test
  void isHeld_fileDeletedOrReplaced_isNot() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("inner"));
    Path file = inner.resolve("lock");
    try (LockFile lock = LockFile.tryLock(file).orElseThrow()) {
      Files.delete(file);
      assertThat(lock.isHeld()).isFalse();
      Files.createFile(file);
      assertThat(lock.isHeld()).as("another file of this name").isFalse();
      Files.delete(file);
      Files.delete(inner);
      assertThat(lock.isHeld()).isFalse();
    }
  }

  @Test
  void tryLock_lockedByAChannelOfThisProcess_isRefused() throws IOException {
    Path file = folder.resolve("lock");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(channel.tryLock()).isNotNull();
      assertThat(LockFile.tryLock(file)).isEmpty();
    }
  }

  @Test
  void tryLock_interruptedThread_locksAndStaysInterrupted() throws IOException {
    Thread.currentThread().interrupt();
    try (LockFile lock = LockFile.tryLock(folder.resolve("lock")).orElseThrow()) {
      assertThat(Thread.interrupted()).isTrue();
      assertThat(lock.isHeld()).isTrue();
    }
  }

  @Test
  void tryLock_failed_canBeTriedAgain() throws IOException {
    Path file = Files.createDirectory(folder.resolve("lock"));
    assertThatIOException().isThrownBy(() -> LockFile.tryLock(file));
    Files.delete(file);
    LockFile.tryLock(file).orElseThrow().close();
  }

  private static int other(Path file) throws IOException, InterruptedException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Other.class.getName(),
            file.toString())
        .inheritIO()
        .start()
        .waitFor();
  }
}
