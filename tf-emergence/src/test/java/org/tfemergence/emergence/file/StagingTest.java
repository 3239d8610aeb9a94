package org.tfemergence.emergence.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left of files and folders that were being made, of processes that live and others. */
@Timeout(120)
final class StagingTest {
  private static final String UUID = "01234567-89ab-cdef-0123-456789abcdef";

  @TempDir private Path folder;

  /** A program that is half done with a file, a folder and a file to be replaced, until told. */
  static final class HalfDone {
    public static void main(String[] args) throws IOException {
      Path folder = Path.of(args[0]);
      try (StagedFile file = StagedFile.create(folder.resolve("file"));
          StagedDirectory directory = StagedDirectory.create(folder.resolve("directory"))) {
        Files.writeString(file.path(), "ha");
        Files.writeString(directory.path().resolve("content"), "ha");
        AtomicFile.write(
            folder.resolve("history"),
            out -> {
              out.write('h');
              System.out.println("half done");
              System.out.flush();
              out.write(System.in.read());
            });
      }
    }
  }

  /** A program that begins the same, and gives up at once. */
  static final class Beginning {
    public static void main(String[] args) throws IOException {
      beginAll(Path.of(args[0]));
    }
  }

  private static void beginAll(Path folder) throws IOException {
    StagedFile.create(folder.resolve("file")).close();
    StagedDirectory.create(folder.resolve("directory")).close();
    AtomicFile.write(folder.resolve("history"), out -> out.write('x'));
  }

  @Test
  void leftovers_goWithTheNextOfTheirTarget_onceTheirProcessIsDead() throws Exception {
    Process other = start(HalfDone.class, folder);
    BufferedReader said = other.inputReader(StandardCharsets.UTF_8);
    assertThat(said.readLine()).isEqualTo("half done");
    List<String> half = hidden();
    assertThat(half).hasSize(3);

    beginAll(folder);
    assertThat(hidden()).as("their process lives").isEqualTo(half);

    other.destroyForcibly().waitFor();
    StagedFile.create(folder.resolve("file2")).close();
    StagedDirectory.create(folder.resolve("director")).close();
    AtomicFile.write(folder.resolve("history.2"), out -> out.write('x'));
    assertThat(hidden()).as("another's").isEqualTo(half);

    beginAll(folder);
    assertThat(hidden()).isEmpty();
    assertThat(folder.resolve("history")).hasContent("x");
  }

  /** POSIX drops a process's lock on a file when it closes any channel to it. */
  @Test
  void oneBegunTwiceHere_isNotCleanedAwayByOthers() throws Exception {
    try (StagedDirectory first = StagedDirectory.create(folder.resolve("directory"))) {
      Files.writeString(first.path().resolve("content"), "mine");
      StagedDirectory.create(folder.resolve("directory")).close();
      assertThat(start(Beginning.class, folder).waitFor()).isZero();
      first.commit();
    }
    assertThat(folder.resolve("directory/content")).hasContent("mine");
    assertThat(hidden()).isEmpty();
  }

  @Test
  void deleteLeftovers_takesOnlyFoldersOfSuchTargets() throws IOException {
    Path leftover =
        Files.createDirectories(folder.resolve(".run-1." + UUID + "/content")).getParent();
    Files.writeString(leftover.resolve("lock"), "");
    Path file = Files.writeString(folder.resolve(".run-2." + UUID), "a file");
    for (String mine : List.of(".run-x." + UUID, ".run-1", "run-1." + UUID, ".run-1.uuid")) {
      Files.createDirectory(folder.resolve(mine));
    }
    Path target = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createSymbolicLink(folder.resolve(".run-3." + UUID), target);

    assertThat(StagedDirectory.deleteLeftovers(folder, Pattern.compile("run-\\d+"))).isEmpty();
    assertThat(StagedDirectory.deleteLeftovers(folder.resolve("absent"), Pattern.compile(".*")))
        .isEmpty();

    assertThat(leftover).doesNotExist();
    assertThat(file).exists();
    assertThat(target).exists();
    assertThat(hidden()).hasSize(6);
  }

  @Test
  void delete_folder_isGoneWithWhatIsInIt() throws IOException {
    Path old = Files.createDirectories(folder.resolve("old/deep")).getParent();
    Files.writeString(old.resolve("deep/file"), "x");
    Folders.delete(old);
    assertThat(folder).isEmptyDirectory();
  }

  /** An interrupt closes the channel that a thread is in, whenever it comes. */
  @Test
  void interruptedAtAnyMoment_isWritten_andStaysInterrupted() throws Exception {
    Thread writer = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              while (!Thread.interrupted()) {
                LockSupport.parkNanos(3_000_000);
                writer.interrupt();
              }
            });
    interrupter.start();
    try {
      for (int i = 0; i < 100; i++) {
        int number = i;
        AtomicFile.write(folder.resolve("history"), out -> out.write(number));
        try (StagedDirectory staged = StagedDirectory.create(folder.resolve("d" + i))) {
          Files.writeString(staged.path().resolve("content"), "x");
          staged.commit();
        }
      }
    } finally {
      interrupter.interrupt();
      while (interrupter.isAlive()) {
        Thread.onSpinWait();
      }
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(folder.resolve("history")).hasBinaryContent(new byte[] {99});
    assertThat(folder.resolve("d99/content")).hasContent("x");
  }

  private static Process start(Class<?> program, Path folder) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            program.getName(),
            folder.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private List<String> hidden() throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children
          .map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith(".") || name.startsWith("run"))
          .sorted()
          .toList();
    }
  }
}
