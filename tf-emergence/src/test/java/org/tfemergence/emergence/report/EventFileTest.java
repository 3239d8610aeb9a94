package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.entry;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.DataClass;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.Summary;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.measure.Emergence;

final class EventFileTest {
  @TempDir private Path folder;

  @Test
  void create_newFolder_beginsWithTheVersion() throws IOException {
    Path run = folder.resolve("runs/first");
    double before = Instant.now().getEpochSecond();
    EventFile.create(run).close();

    List<Event> events = read(onlyFile(run));

    assertThat(onlyFile(run).getFileName().toString()).startsWith("events.out.tfevents.");
    assertThat(events).hasSize(1);
    assertThat(events.get(0).getFileVersion()).isEqualTo("brain.Event:2");
    assertThat(events.get(0).getWallTime()).isBetween(before, before + 600);
  }

  @Test
  void scalar_manyValues_readsBackInOrder() throws IOException {
    try (EventFile file = EventFile.create(folder)) {
      for (int i = 0; i < 500; i++) {
        file.scalar("curve/" + "x".repeat(i % 200), (1L << 40) + i, i / 8.0);
      }
    }

    List<Event> events = read(onlyFile(folder));

    assertThat(events).hasSize(501);
    for (int i = 0; i < 500; i++) {
      Event event = events.get(i + 1);
      assertThat(event.getStep()).isEqualTo((1L << 40) + i);
      assertThat(event.getSummary().getValueCount()).isEqualTo(1);
      assertThat(event.getSummary().getValue(0).getTag()).isEqualTo("curve/" + "x".repeat(i % 200));
      assertThat(event.getSummary().getValue(0).getSimpleValue()).isEqualTo(i / 8f);
    }
  }

  @Test
  void scalar_fileStillOpen_isOnDiskAlready() throws IOException {
    try (EventFile file = EventFile.create(folder)) {
      file.scalar("loss", 1, 0.5);

      assertThat(read(onlyFile(folder))).hasSize(2);
    }
  }

  @Test
  void scalar_valuesThatAreNotFinite_areKept() throws IOException {
    try (EventFile file = EventFile.create(folder)) {
      file.scalar("loss", 1, Double.NaN);
      file.scalar("loss", 2, Double.NEGATIVE_INFINITY);
    }

    List<Event> events = read(onlyFile(folder));

    assertThat(events.get(1).getSummary().getValue(0).getSimpleValue()).isNaN();
    assertThat(events.get(2).getSummary().getValue(0).getSimpleValue())
        .isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  void reading_twoLayers_writesEveryCurve() throws IOException {
    ActivityCounts counts =
        new ActivityCounts(
            ImmutableList.of(
                new LayerActivity("hidden", 8, 2, 5), new LayerActivity("output", 4, 3, 0)),
            16);
    Optional<Emergence> hundred = Optional.of(new Emergence(BigInteger.valueOf(100)));
    try (EventFile file = EventFile.create(folder)) {
      file.reading(new EmergenceReading(7, 1, counts, hundred, 2, 1000));
    }

    Map<String, Float> curves = new LinkedHashMap<>();
    List<Event> events = read(onlyFile(folder));
    for (Event event : events.subList(1, events.size())) {
      assertThat(event.getStep()).isEqualTo(7);
      curves.put(
          event.getSummary().getValue(0).getTag(), event.getSummary().getValue(0).getSimpleValue());
    }
    assertThat(curves)
        .containsExactly(
            entry("emergence/log10", 2f),
            entry("emergence/log10_relative", -1f),
            entry("active/hidden", 0.25f),
            entry("non_finite_units/hidden", 5f),
            entry("active/output", 0.75f),
            entry("emergence/non_finite_units", 5f));
  }

  @Test
  void measured_history_namesMeasureAndRule() throws IOException {
    try (EventFile file = EventFile.create(folder)) {
      file.measured(Histories.known().measured());
    }

    assertThat(EventFileReader.read(onlyFile(folder)).points())
        .singleElement()
        .isInstanceOfSatisfying(
            EventPoint.Text.class,
            text -> {
              assertThat(text.tag()).isEqualTo("emergence/measured");
              assertThat(text.value())
                  .isEqualTo("measure: published\n\nactive: mean activation > 0.05");
            });
  }

  /* As tf.summary.text writes it: a scalar of strings, for the plugin "text". */
  @Test
  void text_markdown_isAStringTensorOfTheTextPlugin() throws IOException {
    try (EventFile file = EventFile.create(folder)) {
      file.text("configuration", 3, "**seed**: 1 — Grüße");
    }

    Event event = read(onlyFile(folder)).get(1);
    assertThat(event.getStep()).isEqualTo(3);
    Summary.Value value = event.getSummary().getValue(0);
    assertThat(value.getTag()).isEqualTo("configuration");
    assertThat(value.getMetadata().getPluginData().getPluginName()).isEqualTo("text");
    assertThat(value.getMetadata().getDataClass()).isEqualTo(DataClass.DATA_CLASS_TENSOR);
    assertThat(value.getTensor().getDtype()).isEqualTo(DataType.DT_STRING);
    assertThat(value.getTensor().hasTensorShape()).isTrue();
    assertThat(value.getTensor().getTensorShape().getDimCount()).isZero();
    assertThat(value.getTensor().getStringVal(0).toStringUtf8()).isEqualTo("**seed**: 1 — Grüße");
  }

  @Test
  void histogram_buckets_areWrittenWithTheirUpperLimits() throws IOException {
    Histogram histogram =
        new Histogram(ImmutableDoubleArray.of(-1, 0, 2), ImmutableLongArray.of(3, 4), 1.5, 9);
    try (EventFile file = EventFile.create(folder)) {
      file.histogram("kernel", 8, histogram);
    }

    Event event = read(onlyFile(folder)).get(1);
    assertThat(event.getStep()).isEqualTo(8);
    assertThat(event.getSummary().getValue(0).getTag()).isEqualTo("kernel");
    HistogramProto proto = event.getSummary().getValue(0).getHisto();
    assertThat(proto.getMin()).isEqualTo(-1);
    assertThat(proto.getMax()).isEqualTo(2);
    assertThat(proto.getNum()).isEqualTo(7);
    assertThat(proto.getSum()).isEqualTo(1.5);
    assertThat(proto.getSumSquares()).isEqualTo(9);
    assertThat(proto.getBucketLimitList()).containsExactly(0.0, 2.0);
    assertThat(proto.getBucketList()).containsExactly(3.0, 4.0);
  }

  @Test
  void create_sameFolderTwice_makesTwoFiles() throws IOException {
    try (EventFile first = EventFile.create(folder);
        EventFile second = EventFile.create(folder)) {
      first.scalar("a", 1, 1);
      second.scalar("b", 2, 2);
    }

    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(2).allSatisfy(file -> assertThat(read(file)).hasSize(2));
    }
  }

  @Test
  void create_folderIsAFile_fails() throws IOException {
    Path taken = Files.writeString(folder.resolve("taken"), "");

    assertThatIOException().isThrownBy(() -> EventFile.create(taken));
  }

  private static Path onlyFile(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }

  /* The TFRecord format: uint64 length, its masked CRC32C, the bytes, their masked CRC32C. */
  private static List<Event> read(Path file) throws IOException {
    List<Event> events = new ArrayList<>();
    try (InputStream raw = Files.newInputStream(file);
        DataInputStream in = new DataInputStream(raw)) {
      while (raw.available() > 0) {
        byte[] length = in.readNBytes(8);
        assertThat(Integer.reverseBytes(in.readInt())).isEqualTo(masked(length));
        byte[] data = in.readNBytes((int) littleEndian(length));
        assertThat(data).hasSize((int) littleEndian(length));
        assertThat(Integer.reverseBytes(in.readInt())).isEqualTo(masked(data));
        events.add(Event.parseFrom(data));
      }
    }
    return events;
  }

  private static long littleEndian(byte[] bytes) {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value |= (bytes[i] & 0xffL) << (8 * i);
    }
    return value;
  }

  /* As in tensorflow/core/lib/hash/crc32c.h: rotated right by 15 bits, plus a constant. */
  private static int masked(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    int value = (int) crc.getValue();
    return ((value >>> 15) | (value << 17)) + 0xa282ead8;
  }
}
