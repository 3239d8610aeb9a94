package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Whatever a history is, every format gives it back. */
final class HistoryRoundTripTest {
  @FunctionalInterface
  private interface Write {
    void to(EmergenceHistory history, Path file) throws IOException;
  }

  @FunctionalInterface
  private interface Read {
    EmergenceHistory from(Path file) throws IOException;
  }

  @Property(tries = 150)
  void proto_anyHistory_isRead(@ForAll("histories") EmergenceHistory history) throws IOException {
    assertRoundTrip(history, HistoryProto::write, HistoryProto::read);
  }

  @Property(tries = 150)
  void jsonLines_anyHistory_isRead(@ForAll("histories") EmergenceHistory history)
      throws IOException {
    assertRoundTrip(history, HistoryJsonLines::write, HistoryJsonLines::read);
  }

  @Property(tries = 150)
  void csv_anyHistoryWithReadings_isRead(@ForAll("histories") EmergenceHistory history)
      throws IOException {
    Assume.that(!history.readings().isEmpty());
    assertRoundTrip(history, HistoryCsv::write, HistoryCsv::read);
  }

  @Test
  void anyFormat_zeroAndThousandsOfDigits_areRead() throws IOException {
    assertRoundTrip(Histories.known(), HistoryProto::write, HistoryProto::read);
    assertRoundTrip(Histories.known(), HistoryJsonLines::write, HistoryJsonLines::read);
    assertRoundTrip(Histories.known(), HistoryCsv::write, HistoryCsv::read);
  }

  @Test
  void messages_noReading_areRead() throws IOException {
    assertRoundTrip(Histories.empty(), HistoryProto::write, HistoryProto::read);
    assertRoundTrip(Histories.empty(), HistoryJsonLines::write, HistoryJsonLines::read);
  }

  @Provide
  Arbitrary<EmergenceHistory> histories() {
    return Histories.random();
  }

  private static void assertRoundTrip(EmergenceHistory history, Write write, Read read)
      throws IOException {
    Path file = Files.createTempFile("history", null);
    try {
      write.to(history, file);
      assertThat(read.from(file)).isEqualTo(history);
    } finally {
      Files.delete(file);
    }
  }
}
