package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.google.common.collect.ImmutableList;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.Summary;

final class EventFileReaderTest {
  @TempDir private Path folder;

  @Test
  void read_everyKind_givesWhatWasWritten() throws IOException {
    double before = Instant.now().getEpochSecond();
    Path file = threeKinds();

    EventLog log = EventFileReader.read(file);

    assertThat(log.truncatedAt()).isEmpty();
    assertThat(log.points())
        .allSatisfy(point -> assertThat(point.wallTime()).isBetween(before, before + 600));
    double first = log.points().get(0).wallTime();
    double second = log.points().get(1).wallTime();
    double third = log.points().get(2).wallTime();
    double fourth = log.points().get(3).wallTime();
    assertThat(log.points())
        .containsExactly(
            new EventPoint.Scalar(first, 1L << 40, "loss", 0.1f),
            new EventPoint.Text(second, 0, "configuration", "# Grüße\nseed: 1"),
            new EventPoint.Distribution(third, 3, "kernel", Histogram.of(1, 2, 3)),
            new EventPoint.Scalar(fourth, -1, "loss", Float.NEGATIVE_INFINITY));
  }

  @Test
  void read_fileStillOpen_givesWhatIsThere() throws IOException {
    try (EventFile open = EventFile.create(folder)) {
      open.scalar("loss", 1, 2);

      assertThat(EventFileReader.read(onlyFile()).points()).hasSize(1);
    }
  }

  /* At any place: within a length, a checksum or the data. */
  @Test
  void read_fileCutAnywhere_givesTheCompleteRecordsAndSaysSo() throws IOException {
    Path file = threeKinds();
    EventLog whole = EventFileReader.read(file);
    byte[] bytes = Files.readAllBytes(file);
    List<Integer> ends = ends(bytes);
    int[] points = {0, 0, 1, 2, 3, 4}; // after so many records; the first holds none

    for (int length = 0; length <= bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      int cut = length;
      int complete = (int) ends.stream().filter(end -> end <= cut).count();
      int last = complete == 0 ? 0 : ends.get(complete - 1);

      EventLog log = EventFileReader.read(file);

      assertThat(log.points()).isEqualTo(whole.points().subList(0, points[complete]));
      assertThat(log.truncatedAt())
          .isEqualTo(last == cut ? OptionalLong.empty() : OptionalLong.of(last));
    }
  }

  @Test
  void read_damagedAnywhere_isRefusedWithTheOffset() throws IOException {
    Path file = threeKinds();
    byte[] bytes = Files.readAllBytes(file);
    List<Integer> ends = ends(bytes);
    for (int i = 0; i < bytes.length; i++) {
      int at = i;
      byte[] damaged = bytes.clone();
      damaged[i] ^= (byte) (1 << (i % 8));
      Files.write(file, damaged);
      int start = ends.stream().filter(end -> end <= at).reduce(0, (a, b) -> b);
      boolean head = i < start + 12;

      assertThatIOException()
          .as("byte %d", i)
          .isThrownBy(() -> EventFileReader.read(file))
          .withMessageMatching(
              "\\Q"
                  + file
                  + "\\E: offset "
                  + (head ? start : start + 12)
                  + ": found checksum [0-9a-f]{8} of the "
                  + (head ? "length" : "data")
                  + ", expected [0-9a-f]{8}");
    }
  }

  @Test
  void read_otherVersion_isRefused() throws IOException {
    assertRefused(
        write(Event.newBuilder().setFileVersion("brain.Event:3").build().toByteArray()),
        ": offset 0: found version 'brain.Event:3', expected 'brain.Event:2'");
    assertRefused(
        write(Event.newBuilder().setStep(3).build().toByteArray()),
        ": offset 0: found version '', expected 'brain.Event:2'");
  }

  @Test
  void read_recordThatIsNoEvent_isRefused() throws IOException {
    byte[] version = Event.newBuilder().setFileVersion("brain.Event:2").build().toByteArray();
    Path file = write(version, new byte[] {(byte) 0xff});

    assertThatIOException()
        .isThrownBy(() -> EventFileReader.read(file))
        .withMessageStartingWith(
            file
                + ": offset "
                + (version.length + 16)
                + ": found 1 bytes that are no event, expected an event: ");
  }

  @Test
  void read_recordOfNoPossibleLength_isRefused() throws IOException {
    byte[] length =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(Long.MIN_VALUE).array();
    ByteBuffer head = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    head.put(length).putInt(TfRecords.maskedChecksum(length));
    Path file = Files.write(folder.resolve("events"), head.array());

    assertRefused(
        file, ": offset 0: found a record of " + Long.MIN_VALUE + " bytes, expected at most 2 GB");
  }

  @Test
  void read_anotherKindOfFile_isRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("events"), "step,epoch,examples\n");

    assertThatIOException()
        .isThrownBy(() -> EventFileReader.read(file))
        .withMessageStartingWith(file + ": offset 0: found checksum ");
  }

  /* RFC 3720, B.4: the checksum of "123456789" is e3069283; masked as TensorFlow does. */
  @Test
  void maskedChecksum_knownText_isAsTensorFlowHasIt() {
    int masked = TfRecords.maskedChecksum("123456789".getBytes(StandardCharsets.US_ASCII));

    assertThat(Integer.rotateLeft(masked - 0xa282ead8, 15)).isEqualTo(0xe3069283);
  }

  /* TensorFlow's own writer: a least value within a bucket, an empty one before it. */
  @Test
  void read_histogramOfAnotherForm_isPassedOver() throws IOException {
    Summary.Value foreign =
        Summary.Value.newBuilder()
            .setTag("kernel")
            .setHisto(
                HistogramProto.newBuilder()
                    .setMin(1.05)
                    .addBucketLimit(1)
                    .addBucketLimit(1.1)
                    .addBucket(0)
                    .addBucket(1))
            .build();
    Path file =
        write(
            Event.newBuilder().setFileVersion("brain.Event:2").build().toByteArray(),
            Event.newBuilder()
                .setSummary(Summary.newBuilder().addValue(foreign))
                .build()
                .toByteArray());

    assertThat(EventFileReader.read(file).points()).isEmpty();
  }

  private Path threeKinds() throws IOException {
    try (EventFile events = EventFile.create(folder)) {
      events.scalar("loss", 1L << 40, 0.1);
      events.text("configuration", 0, "# Grüße\nseed: 1");
      events.histogram("kernel", 3, Histogram.of(1, 2, 3));
      events.scalar("loss", -1, Double.NEGATIVE_INFINITY);
    }
    return onlyFile();
  }

  private Path onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }

  private Path write(byte[]... records) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] record : ImmutableList.copyOf(records)) {
      TfRecords.write(record, out);
    }
    return Files.write(folder.resolve("events"), out.toByteArray());
  }

  /* Where each record ends. */
  private static List<Integer> ends(byte[] file) {
    List<Integer> ends = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < file.length; ) {
      at += 16 + (int) bytes.getLong(at);
      ends.add(at);
    }
    return ends;
  }

  private static void assertRefused(Path file, String message) {
    assertThatIOException()
        .isThrownBy(() -> EventFileReader.read(file))
        .withMessage(file + message);
  }
}
