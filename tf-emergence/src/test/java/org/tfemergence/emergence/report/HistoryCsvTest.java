package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.Reader;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.emergence.activity.ActivityCounts;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.measure.Emergence;

final class HistoryCsvTest {
  private static final BigInteger HUGE = BigInteger.TEN.pow(400).add(BigInteger.ONE);

  @TempDir private Path folder;

  @Test
  void write_history_readsBack() throws IOException {
    Path file = folder.resolve("history.csv");
    EmergenceReading first =
        new EmergenceReading(
            0,
            0,
            counts(16, "a, \"quoted\"", "b"),
            Optional.of(new Emergence(BigInteger.ZERO)),
            Double.NEGATIVE_INFINITY,
            90);
    EmergenceReading second =
        new EmergenceReading(
            5,
            2,
            counts(32, "a, \"quoted\"", "b"),
            Optional.of(new Emergence(HUGE)),
            400.00000000000006,
            45);

    HistoryCsv.write(history(first, second), file);

    List<CSVRecord> rows = parse(file);
    assertThat(rows).hasSize(2);
    assertThat(rows.get(0).getParser().getHeaderNames())
        .containsExactly(
            "step",
            "epoch",
            "examples",
            "measure",
            "rule",
            "emergence",
            "log10_emergence",
            "parameters",
            "log10_relative",
            "a, \"quoted\".active",
            "a, \"quoted\".units",
            "a, \"quoted\".non_finite",
            "b.active",
            "b.units",
            "b.non_finite");
    assertSame(rows.get(0), first);
    assertSame(rows.get(1), second);
    assertThat(rows.get(0).get("log10_emergence")).isEqualTo("-Infinity");
    assertThat(rows.get(1).get("emergence")).isEqualTo(HUGE.toString());
    assertThat(files()).containsExactly(file);
  }

  @Test
  void write_noReading_writesTheHeader() throws IOException {
    Path file = folder.resolve("history.csv");

    HistoryCsv.write(history(), file);

    assertThat(parse(file)).isEmpty();
    assertThat(Files.readString(file)).startsWith("step,epoch,examples,");
  }

  @Test
  void write_oldFile_isReplaced() throws IOException {
    Path file = Files.writeString(folder.resolve("history.csv"), "old\n".repeat(1000));

    HistoryCsv.write(history(reading(1, "a")), file);

    assertThat(parse(file)).hasSize(1);
    assertThat(files()).containsExactly(file);
  }

  @Test
  void write_anyFile_mayBeReadByWhomANewFileMay() throws IOException {
    Path file = folder.resolve("history.csv");
    Path other = Files.writeString(folder.resolve("other"), "");

    HistoryCsv.write(history(reading(1, "a")), file);

    assertThat(attributes(file)).isEqualTo(attributes(other));
  }

  @Test
  void write_failsInTheMiddle_leavesTheOldFile() throws IOException {
    Path file = Files.writeString(folder.resolve("history.csv"), "old");
    EmergenceHistory broken =
        new EmergenceHistory(
            "half a pair \ud83d", ActivityRule.DEFAULT, ImmutableList.of(reading(1, "a")));

    assertThatIOException().isThrownBy(() -> HistoryCsv.write(broken, file));

    assertThat(file).hasContent("old");
    assertThat(files()).containsExactly(file);
  }

  @Test
  void write_cannotBeMovedIntoPlace_leavesNothing() throws IOException {
    Path taken = Files.createDirectory(folder.resolve("history.csv"));
    Files.writeString(taken.resolve("inside"), "");

    assertThatIOException().isThrownBy(() -> HistoryCsv.write(history(reading(1, "a")), taken));

    assertThat(taken.resolve("inside")).exists();
    assertThat(files()).containsExactly(taken);
  }

  @Test
  void write_noSuchFolder_fails() {
    Path file = folder.resolve("absent/history.csv");

    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> HistoryCsv.write(history(reading(1, "a")), file));
  }

  @Test
  void write_readingsOfOtherLayers_areRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("history.csv"), "old");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> HistoryCsv.write(history(reading(1, "a"), reading(2, "b")), file))
        .withMessage("all readings must be of the layers [a], got [b] at step 2");

    assertThat(file).hasContent("old");
  }

  @Test
  void reading_badArgument_isRefused() {
    Optional<Emergence> one = Optional.of(new Emergence(BigInteger.ONE));

    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new EmergenceReading(3, 1, counts(1, "a"), one, bad, 1))
          .withMessage("log10 must be below infinity, got " + bad + " at step 3");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EmergenceReading(3, 1, counts(1, "a"), one, 1e-5, 1))
        .withMessage("log10 must be that of emergence, 0.0, got 1.0E-5 at step 3");
    Optional<Emergence> zero = Optional.of(new Emergence(BigInteger.ZERO));
    double none = Double.NEGATIVE_INFINITY;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EmergenceReading(3, 1, counts(1, "a"), one, none, 1))
        .withMessage("log10 must be that of emergence, 0.0, got -Infinity at step 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EmergenceReading(3, 1, counts(1, "a"), zero, 0, 1))
        .withMessage("log10 must be that of emergence, -Infinity, got 0.0 at step 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EmergenceReading(3, 1, counts(1, "a"), one, 0, 0))
        .withMessage("parameters must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EmergenceReading(-3, 1, counts(1, "a"), one, 0, 1))
        .withMessage("step must not be negative, got -3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EmergenceReading(3, -1, counts(1, "a"), one, 0, 1))
        .withMessage("epoch must not be negative, got -1 at step 3");
  }

  @Test
  void history_stepsThatDescend_areRefused() {
    assertThat(history(reading(2, "a"), reading(2, "a")).readings()).hasSize(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> history(reading(2, "a"), reading(1, "a")))
        .withMessage("readings must be in the order of the steps, got step 1 after step 2");
  }

  private static void assertSame(CSVRecord row, EmergenceReading reading) {
    assertThat(row.isConsistent()).isTrue();
    assertThat(Long.parseLong(row.get("step"))).isEqualTo(reading.step());
    assertThat(Integer.parseInt(row.get("epoch"))).isEqualTo(reading.epoch());
    assertThat(Long.parseLong(row.get("examples"))).isEqualTo(reading.counts().examples());
    assertThat(row.get("measure")).isEqualTo("published");
    assertThat(row.get("rule")).isEqualTo("mean activation > 0.05");
    assertThat(new BigInteger(row.get("emergence")))
        .isEqualTo(reading.emergence().orElseThrow().paths());
    assertThat(Double.parseDouble(row.get("log10_emergence"))).isEqualTo(reading.log10());
    assertThat(Long.parseLong(row.get("parameters"))).isEqualTo(reading.parameters());
    assertThat(Double.parseDouble(row.get("log10_relative")))
        .isEqualTo(reading.log10() - Math.log10((double) reading.parameters()));
    for (LayerActivity layer : reading.counts().layers()) {
      assertThat(Long.parseLong(row.get(layer.layer() + ".active"))).isEqualTo(layer.active());
      assertThat(Long.parseLong(row.get(layer.layer() + ".units"))).isEqualTo(layer.units());
      assertThat(Long.parseLong(row.get(layer.layer() + ".non_finite")))
          .isEqualTo(layer.nonFinite());
    }
  }

  private static List<CSVRecord> parse(Path file) throws IOException {
    CSVFormat format = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();
    try (Reader reader = Files.newBufferedReader(file);
        CSVParser parser = format.parse(reader)) {
      return parser.getRecords();
    }
  }

  private static Object attributes(Path file) throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? Files.getPosixFilePermissions(file)
        : Files.isReadable(file);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static EmergenceHistory history(EmergenceReading... readings) {
    return new EmergenceHistory("published", ActivityRule.DEFAULT, ImmutableList.copyOf(readings));
  }

  private static EmergenceReading reading(long step, String layer) {
    return new EmergenceReading(
        step, 1, counts(4, layer), Optional.of(new Emergence(BigInteger.ONE)), 0, 10);
  }

  private static ActivityCounts counts(long examples, String... layers) {
    ImmutableList.Builder<LayerActivity> counts = ImmutableList.builder();
    for (int i = 0; i < layers.length; i++) {
      counts.add(new LayerActivity(layers[i], 10 + i, 2 + i, i));
    }
    return new ActivityCounts(counts.build(), examples);
  }
}
