package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventSinkTest {
  private static final EmergenceHistory HISTORY = Histories.placed();

  @TempDir private Path folder;

  @Test
  void accept_fileStillOpen_isOnDiskBehindWhatItIsOf() throws IOException {
    try (EventFile events = EventFile.create(folder)) {
      EventSink sink = new EventSink(events, "seed: 7");
      sink.begin(HISTORY.measured());
      sink.accept(HISTORY.readings().get(1));

      List<EventPoint> points = read();
      assertThat(points)
          .extracting(EventPoint::tag)
          .startsWith("run/configuration", "emergence/measured", "emergence/log10")
          .contains("active/hidden", "non_finite_units/hidden", "emergence/non_finite_units");
      assertThat(texts(points))
          .containsExactly(
              "seed: 7",
              """
              measure: published

              active: mean activation > 0.05

              sampled: evaluation passes, every epoch

              read: before_normalization

              layers: hidden, output\
              """);
      int before = points.size();
      sink.accept(HISTORY.readings().get(2));
      assertThat(read()).hasSizeGreaterThan(before);
      assertThat(texts(read())).hasSize(2);
    }
  }

  @Test
  void begin_noConfiguration_writesWhatIsMeasuredAlone() throws IOException {
    try (EventFile events = EventFile.create(folder)) {
      new EventSink(events, "").begin(HISTORY.measured());
    }

    assertThat(read()).extracting(EventPoint::tag).containsExactly("emergence/measured");
  }

  @Test
  void accept_closedFile_fails() throws IOException {
    EventFile events = EventFile.create(folder);
    events.close();
    EventSink sink = new EventSink(events, "");

    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> sink.accept(HISTORY.readings().get(1)));
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> sink.begin(HISTORY.measured()));
  }

  private List<EventPoint> read() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return EventFileReader.read(files.toList().get(0)).points();
    }
  }

  private static List<String> texts(List<EventPoint> points) {
    return points.stream()
        .filter(EventPoint.Text.class::isInstance)
        .map(point -> ((EventPoint.Text) point).value())
        .toList();
  }
}
