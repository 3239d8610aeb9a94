package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.Summary;
import org.tensorflow.proto.SummaryMetadata;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

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

  /** What fixtures.py writes: 100 values, of 17 different ones. */
  private static final float[] RAMP = new float[100];

  static {
    for (int i = 0; i < RAMP.length; i++) {
      RAMP[i] = (float) (i % 17 / 17.0 - 0.4);
    }
  }

  private static final float[] EQUAL = {1.05f, 1.05f, 1.05f, 1.05f, 1.05f, 1.05f, 1.05f};

  @Test
  void read_fileOfTensorFlow2_givesAllKinds() throws Exception {
    EventLog log = EventFileReader.read(fixture("tf2.events"));

    assertThat(scalars(log)).containsExactly("loss 0 1.0", "loss 1 0.5", "loss 2 0.25");
    Map<String, Histogram> histograms = histograms(log);
    assertThat(histograms).containsOnlyKeys("ramp", "equal", "none");
    assertCounts(histograms.get("ramp"), RAMP);
    assertCounts(histograms.get("equal"), EQUAL);
    assertThat(histograms.get("none").count()).isZero();
    assertThat(histograms.get("ramp").sum()).isNaN();
    assertThat(log.points())
        .filteredOn(point -> point instanceof EventPoint.Text)
        .extracting(point -> ((EventPoint.Text) point).value())
        .containsExactly("seed: 1");
    assertThat(log.passedOver()).isEqualTo(Map.of("tensor of images", 1, "tensor", 1));
    assertThat(log.truncatedAt()).isEmpty();
  }

  @Test
  void read_fileOfTensorFlow1_givesScalarsAndHistograms() throws Exception {
    EventLog log = EventFileReader.read(fixture("tf1.events"));

    assertThat(scalars(log)).containsExactly("loss 4 0.25");
    Map<String, Histogram> histograms = histograms(log);
    assertThat(histograms).containsOnlyKeys("ramp", "equal");
    assertCounts(histograms.get("ramp"), RAMP);
    assertSums(histograms.get("ramp"), RAMP);
    assertCounts(histograms.get("equal"), EQUAL);
    assertThat(log.passedOver())
        .as("one of the histograms is of no values")
        .isEqualTo(Map.of("graph_def", 1, "meta_graph_def", 1, "image", 1, "histo", 1));
  }

  @Test
  void read_fileOfPyTorch_givesScalarsAndHistograms() throws Exception {
    EventLog log = EventFileReader.read(fixture("torch.events"));

    assertThat(scalars(log)).containsExactly("loss 4 0.25", "double 4 0.1");
    Map<String, Histogram> histograms = histograms(log);
    assertThat(histograms).hasSize(6);
    for (String bins : List.of("tensorflow", "auto", "5")) {
      assertCounts(histograms.get("ramp/" + bins), RAMP);
      assertSums(histograms.get("ramp/" + bins), RAMP);
      assertCounts(histograms.get("equal/" + bins), EQUAL);
    }
    assertThat(log.passedOver()).isEqualTo(Map.of("tensor of tensor", 1));
  }

  /** TensorFlow's own tools name the plugin with the first value alone when they copy files. */
  @Test
  void read_pluginNamedOnce_holdsForTheTag() throws IOException {
    Summary.Value.Builder value =
        Summary.Value.newBuilder()
            .setTag("loss")
            .setTensor(
                TensorProto.newBuilder()
                    .setDtype(DataType.DT_DOUBLE)
                    .setTensorShape(TensorShapeProto.getDefaultInstance())
                    .addDoubleVal(0.1));
    SummaryMetadata scalars =
        SummaryMetadata.newBuilder()
            .setPluginData(SummaryMetadata.PluginData.newBuilder().setPluginName("scalars"))
            .build();
    EventLog log =
        readValues(value.build(), value.clone().setMetadata(scalars).build(), value.build());

    assertThat(scalars(log)).containsExactly("loss 0 0.1", "loss 0 0.1");
    assertThat(log.passedOver()).isEqualTo(Map.of("tensor", 1));
  }

  @Test
  void read_histogramsThatAreNone_arePassedOverAndCounted() throws IOException {
    HistogramProto.Builder good =
        HistogramProto.newBuilder().setMin(0).setMax(2).addBucketLimit(1).addBucketLimit(2);
    good.addBucket(1).addBucket(1);
    assertThat(readHistograms(good).points()).hasSize(1);
    List<HistogramProto.Builder> bad =
        List.of(
            good.clone().setBucket(0, 0.5),
            good.clone().setBucket(0, -1),
            good.clone().setBucket(0, Double.NaN),
            good.clone().setBucket(0, 1e300),
            good.clone().addBucketLimit(3),
            good.clone().addBucket(3),
            good.clone().setMin(Double.NaN),
            good.clone().setMax(Double.POSITIVE_INFINITY),
            good.clone().setMin(3),
            good.clone().setBucketLimit(0, 5),
            HistogramProto.newBuilder());
    EventLog log = readHistograms(bad.toArray(HistogramProto.Builder[]::new));
    assertThat(log.points()).isEmpty();
    assertThat(log.passedOver()).isEqualTo(Map.of("histo", bad.size()));
  }

  /** Shapes and contents that do not fit, or claim more than any event holds. */
  @Test
  void read_tensorsThatAreNone_arePassedOverAndCounted() throws IOException {
    SummaryMetadata scalars =
        SummaryMetadata.newBuilder()
            .setPluginData(SummaryMetadata.PluginData.newBuilder().setPluginName("scalars"))
            .build();
    SummaryMetadata histograms =
        SummaryMetadata.newBuilder()
            .setPluginData(SummaryMetadata.PluginData.newBuilder().setPluginName("histograms"))
            .build();
    List<TensorProto.Builder> bad =
        List.of(
            TensorProto.newBuilder(),
            tensor(),
            tensor(2).addFloatVal(1),
            tensor().addFloatVal(1).addFloatVal(2),
            tensor().setTensorContent(ByteString.copyFrom(new byte[3])),
            tensor(-1).addFloatVal(1),
            tensor(1L << 40, 1L << 40).addFloatVal(1),
            tensor(1L << 20, 3).addFloatVal(1),
            tensor(1, 4).addFloatVal(1),
            tensor(0, 3),
            tensor(2, 3).addAllFloatVal(List.of(0f, 1f, 2f, 1.5f, 2f, 3f))); // a gap
    List<Summary.Value> values = new ArrayList<>();
    for (TensorProto.Builder each : bad) {
      Summary.Value.Builder value = Summary.Value.newBuilder().setTensor(each);
      values.add(value.setTag("s").setMetadata(scalars).build());
      values.add(value.setTag("h").setMetadata(histograms).build());
    }
    EventLog log = readValues(values.toArray(Summary.Value[]::new));
    assertThat(log.points()).isEmpty();
    assertThat(log.passedOver())
        .isEqualTo(Map.of("tensor of scalars", bad.size(), "tensor of histograms", bad.size()));
  }

  private static TensorProto.Builder tensor(long... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (long size : shape) {
      dimensions.addDimBuilder().setSize(size);
    }
    return TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).setTensorShape(dimensions);
  }

  private EventLog readHistograms(HistogramProto.Builder... histograms) throws IOException {
    return readValues(
        Arrays.stream(histograms)
            .map(each -> Summary.Value.newBuilder().setTag("kernel").setHisto(each).build())
            .toArray(Summary.Value[]::new));
  }

  private EventLog readValues(Summary.Value... values) throws IOException {
    Event event =
        Event.newBuilder()
            .setSummary(Summary.newBuilder().addAllValue(Arrays.asList(values)))
            .build();
    return EventFileReader.read(
        write(
            Event.newBuilder().setFileVersion("brain.Event:2").build().toByteArray(),
            event.toByteArray()));
  }

  private static Path fixture(String name) throws URISyntaxException {
    return Path.of(EventFileReaderTest.class.getResource(name).toURI());
  }

  private static List<String> scalars(EventLog log) {
    return log.points().stream()
        .filter(point -> point instanceof EventPoint.Scalar)
        .map(point -> point.tag() + " " + point.step() + " " + ((EventPoint.Scalar) point).value())
        .toList();
  }

  private static Map<String, Histogram> histograms(EventLog log) {
    return log.points().stream()
        .filter(point -> point instanceof EventPoint.Distribution)
        .collect(
            Collectors.toMap(EventPoint::tag, point -> ((EventPoint.Distribution) point).value()));
  }

  /* Each value is counted once, in its bucket; NumPy's and ours have the last one closed. */
  private static void assertCounts(Histogram histogram, float[] values) {
    ImmutableDoubleArray edges = histogram.edges();
    int last = histogram.counts().length() - 1;
    for (int i = 0; i <= last; i++) {
      long count = 0;
      for (float value : values) {
        boolean below = value < edges.get(i + 1) || (i == last && value == edges.get(i + 1));
        count += value >= edges.get(i) && below ? 1 : 0;
      }
      assertThat(histogram.counts().get(i)).as("bucket %d of %s", i, edges).isEqualTo(count);
    }
    assertThat(histogram.count()).isEqualTo(values.length);
  }

  private static void assertSums(Histogram histogram, float[] values) {
    double sum = 0;
    double squares = 0;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
    }
    assertThat(histogram.sum()).isCloseTo(sum, within(1e-5));
    assertThat(histogram.sumOfSquares()).isCloseTo(squares, within(1e-5));
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
