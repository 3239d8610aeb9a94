package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.Granularity;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.report.proto.SavedHistory;

final class HistoryProtoTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("history.pb");
    HistoryProto.write(Histories.known(), file);
  }

  @Test
  void write_history_hasTheFieldsOfTheSchema() throws IOException {
    SavedHistory saved = SavedHistory.parseFrom(Files.readAllBytes(file));

    assertThat(saved.getHeader().getFormat()).isEqualTo(1);
    assertThat(saved.getHeader().getReadings()).isEqualTo(3);
    assertThat(saved.getReadings(1).getEmergence()).isEqualTo("100");
    assertThat(saved.getReadings(0).getLog10()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(saved.getReadings(2).getLayers(0).getName()).isEqualTo("hidden");
  }

  /* As somebody would check it who reads the file without this library. */
  @Test
  void write_history_endsWithTheChecksumOfAllBefore() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int end = bytes.length - 66;

    assertThat(new String(bytes, end + 2, 64, StandardCharsets.US_ASCII))
        .isEqualTo(Hashing.sha256().hashBytes(bytes, 0, end).toString());
  }

  @Test
  void write_nameThatIsNoText_isRefused() {
    EmergenceHistory history =
        new EmergenceHistory("half a pair \ud83d", ActivityRule.DEFAULT, ImmutableList.of());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> HistoryProto.write(history, file))
        .withMessageStartingWith("measure must be Unicode text, got 'half a pair ");
  }

  @Test
  void write_readingsOfOtherUnitsThanTheRule_areRefused() {
    EmergenceHistory history =
        new EmergenceHistory(
            "published",
            ActivityRule.DEFAULT.withGranularity(Granularity.CHANNELS),
            Histories.known().readings());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> HistoryProto.write(history, file))
        .withMessage("all readings must be of the rule's CHANNELS, got UNITS at step 0");
  }

  @Test
  void write_readingsOfOtherLayers_areKept() throws IOException {
    EmergenceReading first = Histories.known().readings().get(1);
    EmergenceReading pruned =
        new EmergenceReading(
            11,
            3,
            new ActivityCounts(ImmutableList.of(new LayerActivity("output", 4, 1, 0)), 8),
            first.emergence(),
            2,
            10);
    EmergenceHistory history =
        new EmergenceHistory("exact", ActivityRule.DEFAULT, ImmutableList.of(first, pruned));

    HistoryProto.write(history, file);

    assertThat(HistoryProto.read(file)).isEqualTo(history);
  }

  @Test
  void read_anyShorterFile_isRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length++) {
      if (length > 400 && length < bytes.length - 400) {
        continue; // within the digits of the last E
      }
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatIOException()
          .as("%d of %d bytes", length, bytes.length)
          .isThrownBy(() -> HistoryProto.read(file))
          .withMessageStartingWith(file + ": found ")
          .withMessageContaining(", expected ");
    }
  }

  @Test
  void read_anyBitFlipped_isRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < 400; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= (byte) (1 << (i % 8));
      Files.write(file, damaged);
      assertThatIOException()
          .as("byte %d", i)
          .isThrownBy(() -> HistoryProto.read(file))
          .withMessageStartingWith(file + ": found ")
          .withMessageContaining(", expected ");
    }
  }

  @Test
  void read_garbage_isRefused() throws IOException {
    Files.writeString(file, "step,epoch,examples\n1,2,3\n");

    assertThatIOException()
        .isThrownBy(() -> HistoryProto.read(file))
        .withMessageStartingWith(
            file
                + ": found 26 bytes that are no complete message, expected an emergence history: ");
  }

  @Test
  void read_emptyFile_isRefused() throws IOException {
    Files.write(file, new byte[0]);

    assertRefused("found no format, expected an emergence history");
  }

  @Test
  void read_noSuchFile_isRefused() {
    Path absent = folder.resolve("absent.pb");

    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> HistoryProto.read(absent))
        .withMessage(absent.toString());
  }

  @Test
  void read_newerFormat_isRefusedBeforeItsChecksum() throws IOException {
    SavedHistory.Builder newer = SavedHistory.newBuilder();
    newer.getHeaderBuilder().setFormat(2);
    Files.write(file, newer.build().toByteArray());

    assertRefused("found format 2, expected at most 1");
  }

  @Test
  void read_otherChecksum_isRefused() throws IOException {
    SavedHistory saved = SavedHistory.parseFrom(Files.readAllBytes(file));
    Files.write(file, saved.toBuilder().setSha256("0".repeat(64)).build().toByteArray());

    assertRefused("found SHA-256 " + saved.getSha256() + ", expected " + "0".repeat(64));
  }

  @Test
  void read_noChecksum_isRefused() throws IOException {
    SavedHistory saved = SavedHistory.parseFrom(Files.readAllBytes(file));
    Files.write(file, saved.toBuilder().clearSha256().build().toByteArray());

    assertRefused("found no checksum, expected one at the end");
  }

  @Test
  void read_fieldsThatAreWrong_areRefused() throws IOException {
    change(saved -> saved.removeReadings(0));
    assertRefused("found 2 readings, expected 3");
    change(saved -> saved.getHeaderBuilder().clearMeasure());
    assertRefused("found no field 'measure', expected one");
    change(saved -> saved.getHeaderBuilder().clearRule());
    assertRefused("found no field 'rule', expected one");
    change(saved -> saved.getHeaderBuilder().getRuleBuilder().clearThreshold());
    assertRefused("found no field 'threshold', expected one");
    change(saved -> saved.getHeaderBuilder().getRuleBuilder().setReducerValue(0));
    assertRefused("found reducer REDUCER_UNSPECIFIED, expected MEAN, MAX, SHARE or EACH");
    change(saved -> saved.getHeaderBuilder().getRuleBuilder().setReducerValue(7));
    assertRefused("found reducer UNRECOGNIZED, expected MEAN, MAX, SHARE or EACH");
    change(saved -> saved.getHeaderBuilder().getRuleBuilder().setSignValue(0));
    assertRefused("found sign SIGN_UNSPECIFIED, expected AS_IS or ABSOLUTE");
    change(saved -> saved.getHeaderBuilder().getRuleBuilder().setGranularityValue(9));
    assertRefused("found granularity UNRECOGNIZED, expected UNITS or CHANNELS");
    change(saved -> saved.getReadingsBuilder(1).clearLog10());
    assertRefused("reading 2: found no field 'log10', expected one");
    change(saved -> saved.getReadingsBuilder(1).setLog10(Double.NaN));
    assertRefused("reading 2: log10 must be below infinity, got NaN at step 5");
    change(saved -> saved.getReadingsBuilder(1).setEpoch(-1));
    assertRefused("reading 2: epoch must not be negative, got -1 at step 5");
    change(saved -> saved.getReadingsBuilder(1).setStep(11));
    assertRefused("readings must be in the order of the steps, got step 10 after step 11");
    change(saved -> saved.getReadingsBuilder(1).setEmergence("-1"));
    assertRefused("reading 2: found emergence '-1', expected decimal digits, at most 65536");
    change(saved -> saved.getReadingsBuilder(1).setEmergence("007"));
    assertRefused("reading 2: found emergence '007', expected decimal digits, at most 65536");
    change(saved -> saved.getReadingsBuilder(1).clearLayers());
    assertRefused("reading 2: activity must cover at least one layer");
    change(saved -> saved.getReadingsBuilder(1).getLayersBuilder(0).setActive(9));
    assertRefused("reading 2: layer 'hidden': active must be in [0, 8], got 9");
    change(saved -> saved.getReadingsBuilder(1).getLayersBuilder(0).clearNonFinite());
    assertRefused("reading 2: found no field 'non_finite', expected one");
  }

  /* Changes the good file, with a checksum that fits. */
  private void change(Consumer<SavedHistory.Builder> change) throws IOException {
    HistoryProto.write(Histories.known(), file);
    SavedHistory.Builder saved = SavedHistory.parseFrom(Files.readAllBytes(file)).toBuilder();
    change.accept(saved);
    byte[] bytes = saved.clearSha256().build().toByteArray();
    saved.setSha256(Hashing.sha256().hashBytes(bytes).toString());
    Files.write(file, saved.build().toByteArray());
  }

  private void assertRefused(String message) {
    assertThatIOException()
        .isThrownBy(() -> HistoryProto.read(file))
        .withMessage(file + ": " + message);
  }
}
