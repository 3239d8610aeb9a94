package org.tfemergence.emergence.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileTest {
  @TempDir private Path folder;

  @Test
  void write_oldFile_isReplaced() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old and longer");

    AtomicFile.write(file, out -> out.write('x'));

    assertThat(file).hasContent("x");
    assertThat(files()).containsExactly(file);
  }

  @Test
  void write_fileInTheWorkingFolder_isWritten() throws IOException {
    Path file = Path.of("target", "atomic-file-test");
    try {
      AtomicFile.write(file, out -> out.write('x'));
      assertThat(file).hasContent("x");
    } finally {
      Files.deleteIfExists(file);
    }
  }

  @Test
  void write_contentFails_leavesTheOldFile() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");

    assertThatIOException()
        .isThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(new byte[100_000]);
                      throw new IOException("disk full");
                    }))
        .withMessage("disk full");

    assertThat(file).hasContent("old");
    assertThat(files()).containsExactly(file);
  }

  @Test
  void write_emptyFolderInTheWay_staysAndIsRefused() throws IOException {
    Path taken = Files.createDirectory(folder.resolve("taken"));

    assertThatIOException().isThrownBy(() -> AtomicFile.write(taken, out -> out.write('x')));

    assertThat(taken).isEmptyDirectory();
    assertThat(files()).containsExactly(taken);
  }

  @Test
  void write_noSuchFolder_isRefused() {
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> AtomicFile.write(folder.resolve("absent/file"), out -> out.write('x')));
  }

  @Test
  void write_threadWasInterrupted_writesAndStaysInterrupted() throws IOException {
    Path file = folder.resolve("file");
    Thread.currentThread().interrupt();

    AtomicFile.write(file, out -> out.write('x'));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(file).hasContent("x");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
