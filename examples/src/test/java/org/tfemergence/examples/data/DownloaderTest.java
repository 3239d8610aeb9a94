package org.tfemergence.examples.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.emergence.file.LockFile;

final class DownloaderTest {
  private static final String FIRST = "train-images-idx3-ubyte.gz";
  private static final List<String> NAMES =
      PublishedData.MNIST.files().stream().map(DataFile::name).toList();

  @TempDir private Path root;
  private Path folder;
  private Path part;
  private FileServer server;
  private PublishedData set;

  @BeforeEach
  void start() throws IOException {
    folder = root.resolve("a").resolve("b");
    part = folder.resolve(FIRST + ".part");
    server = FileServer.start(Idx.contents());
    set = Idx.tiny(server.base());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void fetch_emptyFolder_bringsAllFilesAndReports() throws IOException {
    List<String> reports = new ArrayList<>();

    new Downloader()
        .fetch(set, folder, (file, done, total) -> reports.add(file + " " + done + "/" + total));

    assertThat(fileNames()).containsExactlyInAnyOrderElementsOf(with(".lock", NAMES));
    int size = server.file(FIRST).length;
    assertThat(reports).startsWith(FIRST + " 0/" + size).contains(FIRST + " " + size + "/" + size);
    assertFirstIsComplete();
  }

  @Test
  void fetch_part_isContinued() throws IOException {
    int have = writePart(20);

    new Downloader().fetch(set, folder, Progress.none());

    assertThat(server.requests()).contains("/" + FIRST + " bytes=" + have + "-").hasSize(4);
    assertFirstIsComplete();
  }

  @Test
  void fetch_partButServerIgnoresRanges_startsAnew() throws IOException {
    server.habit(FileServer.Habit.IGNORES_RANGES);
    writePart(20);

    new Downloader().fetch(set, folder, Progress.none());

    assertThat(server.requests()).hasSize(4);
    assertFirstIsComplete();
  }

  @Test
  void fetch_partButServerSendsAnotherRange_startsAnew() throws IOException {
    server.habit(FileServer.Habit.WRONG_RANGE);
    writePart(20);

    new Downloader().fetch(set, folder, Progress.none());

    assertThat(server.requests()).hasSize(5).contains("/" + FIRST + " null");
    assertFirstIsComplete();
  }

  @Test
  void fetch_partIsAlreadyComplete_isTaken() throws IOException {
    int have = writePart(server.file(FIRST).length);

    new Downloader().fetch(set, folder, Progress.none());

    assertThat(server.requests()).contains("/" + FIRST + " bytes=" + have + "-").hasSize(4);
    assertFirstIsComplete();
  }

  @Test
  void fetch_partIsTooLong_startsAnew() throws IOException {
    writePart(server.file(FIRST).length + 7);

    new Downloader().fetch(set, folder, Progress.none());

    assertThat(server.requests()).hasSize(5).contains("/" + FIRST + " null");
    assertFirstIsComplete();
  }

  @Test
  void fetch_connectionBreaksOff_keepsThePartAndLaterContinues() throws IOException {
    server.habit(FileServer.Habit.BREAKS_OFF);
    int half = server.file(FIRST).length / 2;

    assertThatIOException()
        .isThrownBy(() -> new Downloader().fetch(set, folder, Progress.none()))
        .withMessageContaining("Tiny: cannot download " + server.base() + FIRST);
    assertThat(part).hasSize(half);

    server.habit(FileServer.Habit.RANGES);
    new Downloader().fetch(set, folder, Progress.none());
    assertThat(server.requests()).contains("/" + FIRST + " bytes=" + half + "-");
    assertFirstIsComplete();
  }

  @Test
  void fetch_wrongChecksum_deletesThePartAndSaysBoth() throws IOException {
    byte[] wrong = Idx.images(Idx.TEST);
    server.close();
    server = FileServer.start(List.of(wrong, wrong, wrong, wrong));
    set = Idx.tiny(server.base());

    assertThatIOException()
        .isThrownBy(() -> new Downloader().fetch(set, folder, Progress.none()))
        .withMessage(
            "%s%s: found SHA-256 %s, expected SHA-256 %s of the decompressed content; deleted it,"
                + " try again or name a folder that holds the files by --data or EMERGENCE_DATA,"
                + " or install the Debian package dataset-tiny",
            server.base(), FIRST, Sha256.of(wrong), set.files().get(0).sha256());
    assertThat(fileNames()).containsExactly(".lock");
  }

  @Test
  void fetch_partOfAnotherFile_isDeletedAsDamaged() throws IOException {
    Files.createDirectories(folder);
    byte[] strange = new byte[20];
    strange[0] = 0x1f;
    strange[1] = (byte) 0x8b;
    Files.write(part, strange);

    assertThatIOException()
        .isThrownBy(() -> new Downloader().fetch(set, folder, Progress.none()))
        .withMessageContaining(
            FIRST + ": found damaged gzip data (ZipException: Unsupported compression method)");
    assertThat(fileNames()).containsExactly(".lock");
  }

  @Test
  void fetch_connectionRefused_saysWhichFilesToPutWhere() throws IOException {
    PublishedData refused = Idx.tiny(URI.create("http://127.0.0.1:" + closedPort() + "/"));
    Idx.write(folder, Idx.contents(), "");
    Files.delete(folder.resolve("train-images-idx3-ubyte"));
    Files.delete(folder.resolve("t10k-images-idx3-ubyte"));

    assertThatIOException()
        .isThrownBy(() -> new Downloader().fetch(refused, folder, Progress.none()))
        .withMessage(
            "Tiny: cannot download %s%s (no connection); put train-images-idx3-ubyte.gz,"
                + " t10k-images-idx3-ubyte.gz into %s, or name a folder that holds the files by"
                + " --data or EMERGENCE_DATA, or install the Debian package dataset-tiny",
            refused.publisher(), FIRST, folder);
  }

  @Test
  void fetch_threadIsInterrupted_endsAndStaysInterrupted() {
    Thread.currentThread().interrupt();

    assertThatExceptionOfType(InterruptedIOException.class)
        .isThrownBy(() -> new Downloader().fetch(set, folder, Progress.none()))
        .withMessage("download of " + FIRST + " was interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void fetch_serverUnavailable_saysStatus() {
    server.habit(FileServer.Habit.UNAVAILABLE);

    assertThatIOException()
        .isThrownBy(() -> new Downloader().fetch(set, folder, Progress.none()))
        .withMessageContaining("(IOException: found HTTP status 503, expected 200); put " + FIRST);
    assertThat(part).doesNotExist();
  }

  @Test
  void fetch_folderCannotBeCreated_saysSo() throws IOException {
    Files.createFile(root.resolve("a"));

    assertThatIOException()
        .isThrownBy(() -> new Downloader().fetch(set, folder, Progress.none()))
        .withMessageStartingWith(folder + ": cannot create this folder (")
        .withMessageContaining("set XDG_CACHE_HOME");
  }

  @Test
  void fetch_folderIsLocked_saysSo() throws IOException {
    Files.createDirectories(folder);
    try (FileChannel other =
        FileChannel.open(
            folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(other.tryLock()).isNotNull();

      assertThatIOException()
          .isThrownBy(() -> new Downloader().fetch(set, folder, Progress.none()))
          .withMessage(folder + ": another download is writing here, try again when it is done");
    }
  }

  /** A program that ends with 3 if a file is locked. */
  static final class Other {
    public static void main(String[] args) throws IOException {
      System.exit(LockFile.tryLock(Path.of(args[0])).isPresent() ? 0 : 3);
    }
  }

  /** POSIX drops a process's lock on a file when it closes any channel to it. */
  @Test
  void fetch_anotherTriesHere_keepsOtherProcessesOut() throws Exception {
    List<Integer> others = new ArrayList<>();
    Progress second =
        (file, done, total) -> {
          if (others.isEmpty()) {
            assertThatIOException()
                .isThrownBy(() -> new Downloader().fetch(set, folder, Progress.none()))
                .withMessageContaining("another download is writing here");
            others.add(other());
          }
        };

    new Downloader().fetch(set, folder, second);

    assertThat(others).containsExactly(3);
    assertThat(other()).isZero();
  }

  private int other() {
    try {
      return new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-cp",
              System.getProperty("java.class.path"),
              Other.class.getName(),
              folder.resolve(".lock").toString())
          .inheritIO()
          .start()
          .waitFor();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private int writePart(int length) throws IOException {
    Files.createDirectories(folder);
    Files.write(part, Arrays.copyOf(server.file(FIRST), length));
    return length;
  }

  private void assertFirstIsComplete() {
    assertThat(folder.resolve(FIRST)).hasBinaryContent(server.file(FIRST));
    assertThat(part).doesNotExist();
  }

  private List<String> fileNames() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static List<String> with(String first, List<String> rest) {
    return Stream.concat(Stream.of(first), rest.stream()).toList();
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
