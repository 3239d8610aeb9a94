package org.tfemergence.emergence.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StagedDirectoryTest {
  @TempDir private Path folder;

  @Test
  void commit_bringsAllFilesToTheTarget() throws IOException {
    Path target = folder.resolve("a/b/target");
    try (StagedDirectory staged = StagedDirectory.create(target)) {
      Files.writeString(staged.path().resolve("one"), "1");
      Files.createDirectory(staged.path().resolve("deep"));
      Files.writeString(staged.path().resolve("deep/two"), "2");
      assertThat(target).doesNotExist();

      staged.commit();

      assertThat(target).isDirectory();
    }
    assertThat(target.resolve("one")).hasContent("1");
    assertThat(target.resolve("deep/two")).hasContent("2");
    assertThat(children(target.getParent())).containsExactly(target);
  }

  /** Else a system that crashes could show the name without what it names. */
  @Test
  void commit_forcesAllUnderItsTemporaryName_thenTheParent() throws IOException {
    Path staged;
    List<Path> forced;
    try (Recording recording = new Recording();
        StagedDirectory directory = StagedDirectory.create(folder.resolve("target"))) {
      staged = directory.path();
      Files.writeString(staged.resolve("one"), "1");
      Files.createDirectory(staged.resolve("deep"));
      Files.writeString(staged.resolve("deep/two"), "2");
      forced = forced(recording, directory::commit);
    }
    assertThat(forced.subList(0, 3))
        .containsExactlyInAnyOrder(
            staged.resolve("one"), staged.resolve("deep/two"), staged.resolve("deep"))
        .containsSubsequence(staged.resolve("deep/two"), staged.resolve("deep"));
    assertThat(forced.subList(3, forced.size())).containsExactly(staged, folder);
  }

  @Test
  void commitFile_forcesItUnderItsTemporaryName_thenTheParent() throws IOException {
    Path staged;
    List<Path> forced;
    try (Recording recording = new Recording();
        StagedFile file = StagedFile.create(folder.resolve("target"))) {
      staged = file.path();
      Files.writeString(staged, "1");
      forced = forced(recording, file::commit);
    }
    assertThat(forced).containsExactly(staged, folder);
  }

  /** What brings something to the disk. */
  @FunctionalInterface
  private interface Commit {
    void run() throws IOException;
  }

  /** Returns what the Java machine saw of files and folders brought to the disk, in order. */
  private List<Path> forced(Recording recording, Commit commit) throws IOException {
    recording.enable("jdk.FileForce").withoutThreshold();
    recording.start();
    commit.run();
    recording.stop();
    Path events = folder.resolve("events.jfr");
    recording.dump(events);
    return RecordingFile.readAllEvents(events).stream()
        .filter(event -> event.getEventType().getName().equals("jdk.FileForce"))
        .sorted(Comparator.comparing(RecordedEvent::getStartTime))
        .map(event -> Path.of(event.getString("path")))
        .filter(path -> path.startsWith(folder))
        .toList();
  }

  @Test
  void path_isBesideTheTarget() throws IOException {
    try (StagedDirectory staged = StagedDirectory.create(folder.resolve("target"))) {
      assertThat(staged.path()).isEmptyDirectory();
      assertThat(staged.path().getParent()).hasParent(folder);
    }
  }

  @Test
  void close_withoutCommit_leavesNothing() throws IOException {
    try (StagedDirectory staged = StagedDirectory.create(folder.resolve("target"))) {
      Files.createDirectory(staged.path().resolve("deep"));
      Files.writeString(staged.path().resolve("deep/two"), "2");
    }
    assertThat(children(folder)).isEmpty();
  }

  @Test
  void close_onException_leavesNothing() {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(
            () -> {
              try (StagedDirectory staged = StagedDirectory.create(folder.resolve("target"))) {
                Files.writeString(staged.path().resolve("half"), "ha");
                throw new IllegalStateException("stop");
              }
            });
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void close_twice_keepsWhatWasCommitted() throws IOException {
    Path target = folder.resolve("target");
    StagedDirectory staged = StagedDirectory.create(target);
    staged.commit();
    staged.close();
    staged.close();
    assertThat(target).isDirectory();
  }

  @Test
  void create_targetExists_isRefusedAndLeftAlone() throws IOException {
    Path directory = Files.createDirectory(folder.resolve("directory"));
    Path file = Files.writeString(folder.resolve("file"), "mine");

    assertThatExceptionOfType(FileAlreadyExistsException.class)
        .isThrownBy(() -> StagedDirectory.create(directory))
        .withMessageContaining(directory.toString());
    assertThatExceptionOfType(FileAlreadyExistsException.class)
        .isThrownBy(() -> StagedDirectory.create(file));
    assertThat(children(folder)).containsExactlyInAnyOrder(directory, file);
    assertThat(file).hasContent("mine");
  }

  /** The system goes up from where the link leads. */
  @Test
  void commit_upFromALink_isWhereTheSystemFindsIt() throws IOException {
    Path run = Files.createDirectories(folder.resolve("data/run"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), run);
    Path target = link.resolve("../target");
    Path file = link.resolve("../file");
    try (StagedDirectory staged = StagedDirectory.create(target);
        StagedFile stagedFile = StagedFile.create(file)) {
      Files.writeString(stagedFile.path(), "1");
      staged.commit();
      stagedFile.commit();
    }
    assertThat(target).isDirectory();
    assertThat(file).hasContent("1");
    assertThat(children(folder.resolve("data")))
        .containsExactlyInAnyOrder(run, folder.resolve("data/target"), folder.resolve("data/file"));
    assertThat(children(folder)).containsExactlyInAnyOrder(link, folder.resolve("data"));
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", "absent/.", "absent/.."})
  void create_targetWithoutAName_isRefused(String target) {
    assertThatExceptionOfType(FileAlreadyExistsException.class)
        .isThrownBy(() -> StagedDirectory.create(folder.resolve(target)));
    assertThatExceptionOfType(FileAlreadyExistsException.class)
        .isThrownBy(() -> StagedFile.create(folder.resolve(target)));
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void create_parentIsFile_isRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");

    assertThatIOException().isThrownBy(() -> StagedDirectory.create(file.resolve("target")));
    assertThat(children(folder)).containsExactly(file);
  }

  @Test
  void commit_targetFilledMeanwhile_failsAndKeepsIt() throws IOException {
    Path target = folder.resolve("target");
    try (StagedDirectory staged = StagedDirectory.create(target)) {
      Files.writeString(staged.path().resolve("ours"), "ours");
      Files.createDirectory(target);
      Files.writeString(target.resolve("theirs"), "theirs");

      assertThatIOException().isThrownBy(staged::commit);
    }
    assertThat(children(folder)).containsExactly(target);
    assertThat(children(target)).containsExactly(target.resolve("theirs"));
  }

  @Test
  void create_twoOfOneTarget_doNotShareTheirPlace() throws IOException {
    Path target = folder.resolve("target");
    try (StagedDirectory first = StagedDirectory.create(target);
        StagedDirectory second = StagedDirectory.create(target)) {
      assertThat(first.path()).isNotEqualTo(second.path());
    }
  }

  /** Others, such as a model server, must be able to read what was committed. */
  @Test
  void commit_folder_hasPermissionsOfAnyNewFolder() throws IOException {
    assumeThat(folder.getFileSystem().supportedFileAttributeViews()).contains("posix");
    Path usual = Files.createDirectory(folder.resolve("usual"));
    Path target = folder.resolve("target");
    try (StagedDirectory staged = StagedDirectory.create(target)) {
      staged.commit();
    }
    assertThat(Files.getPosixFilePermissions(target))
        .isEqualTo(Files.getPosixFilePermissions(usual));
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.toList();
    }
  }
}
