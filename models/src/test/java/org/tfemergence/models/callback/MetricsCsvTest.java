package org.tfemergence.models.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.models.testing.SmallDisk;
import org.tfemergence.models.testing.Warnings;

final class MetricsCsvTest {
  private static final String HEADING = "epoch,step,metric,value\n";

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("metrics.csv");
  }

  @Test
  void completed_isALineForEachMetric() throws IOException {
    MetricsCsv csv = new MetricsCsv(file);
    csv.completed(new EpochResult(0, 0, ImmutableMap.of("val_loss", 1.5, "bleu", Double.NaN)));
    csv.completed(loss(1, 0.25));
    assertHolds("0,0,val_loss,1.5", "0,0,bleu,NaN", "1,10,val_loss,0.25");
    assertThat(names()).containsExactly("metrics.csv");
  }

  @Test
  void completed_emptyFileOrNoFolder_isMadeWhole() throws IOException {
    new MetricsCsv(Files.createFile(file)).completed(loss(0, 1));
    assertHolds("0,0,val_loss,1.0");
    file = folder.resolve("runs/1/metrics.csv");
    new MetricsCsv(file).completed(loss(0, 1));
    assertHolds("0,0,val_loss,1.0");
  }

  @Test
  void completed_interruptedThread_writesAndStaysInterrupted() throws IOException {
    MetricsCsv csv = new MetricsCsv(file);
    csv.completed(loss(0, 1.5));
    Thread.currentThread().interrupt();
    csv.completed(loss(1, 0.25));
    assertThat(Thread.interrupted()).isTrue();
    assertHolds("0,0,val_loss,1.5", "1,10,val_loss,0.25");
  }

  @Test
  void completed_strangeNames_areReadBack() throws IOException {
    List<String> metrics = List.of("a,b", "say \"x\"", "two\nlines", "#1", " wide ", "", "größe");
    MetricsCsv csv = new MetricsCsv(file);
    for (int i = 0; i < metrics.size(); i++) {
      csv.completed(new EpochResult(i, i, ImmutableMap.of(metrics.get(i), 1.0)));
    }
    try (CSVParser parser = CSVParser.parse(Files.readString(file), CSVFormat.RFC4180)) {
      assertThat(parser.getRecords().stream().skip(1).map(cells -> cells.get(2)))
          .containsExactlyElementsOf(metrics);
    }
    MetricsCsv resumed = new MetricsCsv(file);
    resumed.restoreHostState(csv.hostState());
    resumed.completed(loss(100, 1));
    assertThat(names()).containsExactly("metrics.csv"); // known as its own
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "notes without an end of line",
        "epoch,step,value\n0,0,1.0\n",
        HEADING + "0,0,val_loss,1.0\n1,1",
        HEADING + "0,0,val_loss,1.0\nfirst,10,val_loss,2.0\n",
        "\"never closed"
      })
  void fileOfOthers_isRefusedAndLeftAlone(String content) throws IOException {
    Files.writeString(file, content);
    MetricsCsv csv = new MetricsCsv(file);
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> csv.completed(loss(0, 1)))
        .withMessageStartingWith("java.io.IOException: " + file + ": found ")
        .withMessageContaining("expected a file of metrics (epoch,step,metric,value), or none");
    assertThat(file).content().isEqualTo(content);
    assertThat(names()).containsExactly("metrics.csv");
  }

  @Test
  void fileOfOthers_bytesThatAreNoTextOrAFolder_areRefused() throws IOException {
    byte[] bytes = {'e', 'p', 'o', 'c', 'h', (byte) 0xff, '\n'};
    Files.write(file, bytes);
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> new MetricsCsv(file).completed(loss(0, 1)));
    assertThat(file).hasBinaryContent(bytes);
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> new MetricsCsv(folder).completed(loss(0, 1)))
        .withMessageContaining(folder + ": found no regular file");
  }

  @Test
  void resumed_holdsEachResultOnce() throws IOException {
    MetricsCsv killed = new MetricsCsv(file);
    killed.completed(loss(0, 3));
    killed.completed(loss(1, 2));
    ByteString saved = killed.hostState();
    killed.completed(loss(2, 1));

    MetricsCsv resumed = new MetricsCsv(file);
    resumed.restoreHostState(saved);
    assertThat(resumed.hostState()).isEqualTo(saved);
    resumed.completed(loss(2, 0.5));
    resumed.completed(loss(3, 0.25));

    assertHolds("0,0,val_loss,3.0", "1,10,val_loss,2.0", "2,20,val_loss,0.5", "3,30,val_loss,0.25");
    assertThat(names()).containsExactly("metrics.csv");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", HEADING, HEADING + "0,0,val_loss,3.0\n", "absent"})
  void resumed_fileGotShorter_holdsAllResults(String left) throws IOException {
    MetricsCsv before = new MetricsCsv(file);
    before.completed(loss(0, 3));
    before.completed(loss(1, 2));
    if (left.equals("absent")) {
      Files.delete(file);
    } else {
      Files.writeString(file, left);
    }

    MetricsCsv resumed = new MetricsCsv(file);
    resumed.restoreHostState(before.hostState());
    resumed.completed(loss(2, 1));

    assertHolds("0,0,val_loss,3.0", "1,10,val_loss,2.0", "2,20,val_loss,1.0");
    assertThat(names()).containsExactly("metrics.csv");
  }

  @Test
  void resumed_fileOfAnotherRun_isKeptBeside() throws IOException {
    MetricsCsv mine = new MetricsCsv(folder.resolve("mine.csv"));
    mine.completed(loss(0, 3));
    MetricsCsv other = new MetricsCsv(file);
    other.completed(loss(0, 9));
    other.completed(loss(1, 8));
    String others = Files.readString(file);

    MetricsCsv resumed = new MetricsCsv(file);
    resumed.restoreHostState(mine.hostState());
    try (Warnings warnings = new Warnings(MetricsCsv.class)) {
      resumed.completed(loss(1, 2));
      assertThat(warnings.messages())
          .containsExactly(
              "WARN %s: held metrics that are not of this training; they are now in %s.1"
                  .formatted(file, file));
    }

    assertHolds("0,0,val_loss,3.0", "1,10,val_loss,2.0");
    assertThat(folder.resolve("metrics.csv.1")).content().isEqualTo(others);
  }

  /** Nothing tells it from another run, which must not be lost. */
  @Test
  void killedBeforeTheFirstCheckpoint_holdsTheStartOnce() throws IOException {
    for (int run = 0; run < 3; run++) {
      MetricsCsv csv = new MetricsCsv(file);
      csv.completed(loss(0, run));
      csv.completed(loss(1, run));
    }
    assertHolds("0,0,val_loss,2.0", "1,10,val_loss,2.0");
    assertThat(names()).containsExactly("metrics.csv", "metrics.csv.1", "metrics.csv.2");
    assertThat(folder.resolve("metrics.csv.1"))
        .content()
        .isEqualTo(HEADING + "0,0,val_loss,0.0\n1,10,val_loss,0.0\n");
  }

  @Test
  void restored_toAnEarlierMoment_goesOnFromThere() throws IOException {
    MetricsCsv csv = new MetricsCsv(file);
    csv.completed(loss(0, 3));
    ByteString early = csv.hostState();
    csv.completed(loss(1, 2));
    csv.completed(loss(2, 1));
    csv.restoreHostState(early);
    csv.completed(loss(1, 0.5));
    assertHolds("0,0,val_loss,3.0", "1,10,val_loss,0.5");
    assertThat(names()).containsExactly("metrics.csv");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> csv.restoreHostState(ByteString.copyFromUtf8("no message")));
  }

  @Test
  void diskFull_keepsWhatWasThere_andTheNextBringsAll() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(SmallDisk.mount(disk, "16k"), "no right to mount a small disk");
    try {
      file = disk.resolve("metrics.csv");
      MetricsCsv csv = new MetricsCsv(file);
      csv.completed(loss(0, 1));
      Path filler = Files.write(disk.resolve("filler"), new byte[4096 * 3]);

      assertThatExceptionOfType(UncheckedIOException.class)
          .isThrownBy(() -> csv.completed(loss(1, 2)));
      assertHolds("0,0,val_loss,1.0");

      Files.delete(filler);
      csv.completed(loss(2, 3));
      assertHolds("0,0,val_loss,1.0", "1,10,val_loss,2.0", "2,20,val_loss,3.0");
    } finally {
      SmallDisk.unmount(disk);
    }
  }

  private void assertHolds(String... lines) {
    assertThat(file).content().isEqualTo(HEADING + String.join("\n", lines) + "\n");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static EpochResult loss(int epoch, double value) {
    return new EpochResult(epoch, 10L * epoch, ImmutableMap.of("val_loss", value));
  }
}
