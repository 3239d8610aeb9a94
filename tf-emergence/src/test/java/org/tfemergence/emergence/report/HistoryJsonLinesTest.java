package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.google.common.base.Ascii;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class HistoryJsonLinesTest {
  private static final String HEADER =
      "{\"format\":1,\"measure\":\"published\","
          + "\"rule\":{\"reducer\":\"MEAN\",\"threshold\":0.05,\"rho\":0.0,"
          + "\"sign\":\"AS_IS\",\"granularity\":\"UNITS\"},\"readings\":3}";
  private static final String HUNDRED =
      "{\"step\":\"5\",\"epoch\":1,\"examples\":\"16\",\"layers\":["
          + "{\"name\":\"hidden\",\"units\":\"8\",\"active\":\"2\",\"non_finite\":\"1\"},"
          + "{\"name\":\"output\",\"units\":\"4\",\"active\":\"3\",\"non_finite\":\"0\"}],"
          + "\"emergence\":\"100\",\"log10\":2.0,\"parameters\":\"1000\"}";

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("history.jsonl");
    HistoryJsonLines.write(Histories.known(), file);
  }

  @Test
  void write_history_isALinePerReading() throws IOException {
    List<String> lines = Files.readAllLines(file);

    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).isEqualTo(HEADER);
    assertThat(lines.get(1)).contains("\"emergence\":\"0\",\"log10\":\"-Infinity\"");
    assertThat(lines.get(2)).isEqualTo(HUNDRED);
    assertThat(lines.get(3)).contains("\"emergence\":\"1" + "0".repeat(4993) + "1000003\"");
  }

  /* As other programs write JSON: spaces, numbers for strings, another order, a field of theirs. */
  @Test
  void read_sameReadingWrittenOtherwise_isRead() throws IOException {
    replace(
        2,
        "{ \"parameters\": 1000, \"log10\": 2, \"emergence\": \"100\", \"note\": [1],"
            + HUNDRED.substring(1, HUNDRED.indexOf(",\"emergence\""))
            + "}");

    assertThat(HistoryJsonLines.read(file)).isEqualTo(Histories.known());
  }

  @Test
  void read_cutShort_isRefused() throws IOException {
    String text = Files.readString(file);

    Files.writeString(file, text.substring(0, text.length() - 1));
    assertRefused(", line 4: found the end of the file, expected the end of the line");
    Files.writeString(file, HEADER + "\n" + HUNDRED + "\n");
    assertRefused(", line 1: found 1 readings, expected 3");
    Files.writeString(file, "");
    assertRefused(": found an empty file, expected a first line");
  }

  @Test
  void read_newerFormat_isRefusedBeforeTheReadings() throws IOException {
    Files.writeString(file, "{\"format\":2,\"kind\":{\"of\":\"another\"}}\nanother\n");

    assertRefused(", line 1: found format 2, expected at most 1");
  }

  @Test
  void read_garbage_isRefused() throws IOException {
    Files.writeString(file, "step,epoch\n");
    assertRefused(
        ", line 1: found 'step,epoch', expected the header of an emergence history in JSON");
    Files.writeString(file, "{}\n");
    assertRefused(", line 1: found no format, expected an emergence history");
    Files.write(file, new byte[] {'{', (byte) 0xff, '}', '\n'});
    assertRefused(": found bytes that are no text, expected UTF-8");
  }

  @Test
  void read_badLine_isRefused() throws IOException {
    replace(2, "");
    assertRefused(", line 3: found '', expected a reading in JSON");
    replace(2, HUNDRED + HUNDRED);
    assertRefused(
        ", line 3: found '" + HUNDRED.substring(0, 61) + "...', expected a reading in JSON");
    replace(2, "{step:5}");
    assertRefused(", line 3: found '{step:5}', expected a reading in JSON");
    replace(2, HUNDRED.replace("\"epoch\"", "\"epochs\""));
    assertRefused(", line 3: found no field 'epoch', expected one");
    replace(2, HUNDRED.replace("\"100\"", "\"1e2\""));
    assertRefused(", line 3: found emergence '1e2', expected decimal digits, at most 65536");
    replace(2, HUNDRED.replace("\"100\"", '"' + "1".repeat(1_000_000) + '"'));
    assertRefused(
        ", line 3: found emergence '"
            + "1".repeat(61)
            + "...', expected decimal digits, at most 65536");
    replace(2, HUNDRED.replace("2.0", "\"NaN\""));
    assertRefused(", line 3: log10 must be below infinity, got NaN at step 5");
    replace(2, HUNDRED.replace("2.0", "\"Infinity\""));
    assertRefused(", line 3: log10 must be below infinity, got Infinity at step 5");
    replace(2, HUNDRED.replace("2.0", "3.0"));
    assertRefused(", line 3: log10 must be that of emergence, 2.0, got 3.0 at step 5");
    replace(2, HUNDRED.replace("\"5\"", "\"-5\""));
    assertRefused(", line 3: step must not be negative, got -5");
    replace(2, HUNDRED.replace("\"1000\"", "\"0\""));
    assertRefused(", line 3: parameters must be at least 1, got 0");
    replace(0, HEADER.replace("MEAN", "MEDIAN"));
    assertRefused(", line 1: found no field 'reducer', expected one");
  }

  @Test
  void read_fieldOfAnotherType_isRefused() throws IOException {
    replace(2, "{\"step\":\"five\"}");

    assertThatIOException()
        .isThrownBy(() -> HistoryJsonLines.read(file))
        .withMessageStartingWith(
            file + ", line 3: found '{\"step\":\"five\"}', expected a reading: ")
        .withMessageContaining("five");
  }

  /** A list of one value is not the value, and no number has a million digits. */
  @Test
  @Timeout(20)
  void read_valueOfAnotherForm_isRefused() throws IOException {
    String million = "1".repeat(1_000_000);
    for (String step :
        List.of("[5]", "[]", "[5,6]", "{}", "{\"a\":5}", million, "\"" + million + "\"")) {
      assertNoReading(HUNDRED.replace("\"step\":\"5\"", "\"step\":" + step));
    }
    for (String examples : List.of(million + ".0", "1e" + million, "0." + million)) {
      assertNoReading(HUNDRED.replace("2.0", examples));
    }
    assertNoReading(HUNDRED.replaceFirst("\"layers\":\\[", "\"layers\":[["));
    assertNoReading(HUNDRED.replaceFirst("\"layers\":\\[.*]", "\"layers\":{}"));
    assertNoReading("[" + HUNDRED + "]");
  }

  private void assertNoReading(String line) throws IOException {
    replace(2, line);
    assertThatIOException()
        .as(Ascii.truncate(line, 80, "..."))
        .isThrownBy(() -> HistoryJsonLines.read(file))
        .withMessageStartingWith(file + ", line 3: found '" + line.substring(0, 20))
        .withMessageEndingWith("', expected a reading in JSON")
        .withMessageMatching("(?s).{1,300}");
  }

  private void replace(int index, String line) throws IOException {
    HistoryJsonLines.write(Histories.known(), file);
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.set(index, line);
    Files.write(file, lines);
  }

  private void assertRefused(String message) {
    assertThatIOException()
        .isThrownBy(() -> HistoryJsonLines.read(file))
        .withMessage(file + message);
  }
}
