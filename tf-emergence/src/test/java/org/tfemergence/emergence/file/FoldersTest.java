package org.tfemergence.emergence.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FoldersTest {
  @TempDir private Path folder;

  @Test
  void create_makesParentsAndTakesWhatIsThere() throws IOException {
    Folders.create(folder.resolve("a/b/c"));
    Folders.create(folder.resolve("a/b/c"));
    assertThat(folder.resolve("a/b/c")).isDirectory();
  }

  /** Before JDK 20, Files.createDirectories refuses these. */
  @Test
  void create_linkToFolder_isThere() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    Folders.create(link);
    Folders.create(link.resolve("more"));
    assertThat(real.resolve("more")).isDirectory();

    try (StagedDirectory staged = StagedDirectory.create(link.resolve("target"))) {
      staged.commit();
    }
    try (StagedFile staged = StagedFile.create(link.resolve("file"))) {
      Files.writeString(staged.path(), "whole");
      staged.commit();
    }
    assertThat(real.resolve("target")).isDirectory();
    assertThat(real.resolve("file")).hasContent("whole");
  }

  @Test
  void create_fileInTheWay_isRefusedByName() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");
    assertThatIOException()
        .isThrownBy(() -> Folders.create(file.resolve("x")))
        .withMessageContaining(file.toString());
  }
}
