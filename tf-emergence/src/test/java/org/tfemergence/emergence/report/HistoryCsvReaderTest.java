package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.emergence.activity.ActivityRule;

final class HistoryCsvReaderTest {
  private static final String HEADER =
      "step,epoch,examples,measure,rule,emergence,log10_emergence,parameters,log10_relative,"
          + "hidden.active,hidden.units,hidden.non_finite,"
          + "output.active,output.units,output.non_finite\r\n";
  private static final String ROW =
      "5,1,16,published,mean activation > 0.05,100,2.0,1000,-1.0,2,8,1,3,4,0\r\n";

  private static final String RULE = "a rule such as 'mean activation > 0.05'";

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("history.csv");
  }

  @Test
  void read_historyAsItIsWritten_isRead() throws IOException {
    EmergenceHistory history =
        new EmergenceHistory(
            "published",
            ActivityRule.DEFAULT,
            ImmutableList.of(Histories.known().readings().get(1)));
    Files.writeString(file, HEADER + ROW);

    assertThat(HistoryCsv.read(file)).isEqualTo(history);

    HistoryCsv.write(history, file);
    assertThat(Files.readString(file)).isEqualTo(HEADER + ROW);
  }

  @Test
  void read_linesOfAnotherSystem_areRead() throws IOException {
    Files.writeString(file, (HEADER + ROW).replace("\r", ""));

    assertThat(HistoryCsv.read(file).readings())
        .containsExactly(Histories.known().readings().get(1));
  }

  @Test
  void read_badCell_isRefused() throws IOException {
    assertCell("5,1,16", "x,1,16", "step", "x", "a whole number from 0 to 9223372036854775807");
    assertCell("5,1,16", "-5,1,16", "step", "-5", "a whole number from 0 to 9223372036854775807");
    assertCell(",1,16", ",1.5,16", "epoch", "1.5", "a whole number from 0 to 2147483647");
    assertCell(",1,16", ",-1,16", "epoch", "-1", "a whole number from 0 to 2147483647");
    assertCell("1,16,", "1,0,", "examples", "0", "a whole number from 1 to 9223372036854775807");
    assertCell("> 0.05", "> theta", "rule", "mean activation > theta", RULE);
    assertCell("> 0.05", "> NaN", "rule", "mean activation > NaN", RULE);
    assertCell("mean", "median", "rule", "median activation > 0.05", RULE);
    assertCell("> 0.05", "> 5e-2", "rule", "mean activation > 5e-2", RULE);
    assertCell(",100,", ",-1,", "emergence", "-1", "decimal digits");
    assertCell(",100,", ",01,", "emergence", "01", "decimal digits");
    for (String bad : new String[] {"two", "NaN", "Infinity", "1e999", "0x1p1", "2f", " 2", "2."}) {
      assertCell("2.0,", bad + ",", "log10_emergence", bad, "a number, or -Infinity");
    }
    assertCell("1000,", "0,", "parameters", "0", "a whole number from 1 to 9223372036854775807");
    assertCell("2,8,1", "9,8,1", "hidden.active", "9", "a whole number from 0 to 8");
    assertCell("2,8,1", "2,8,7", "hidden.non_finite", "7", "a whole number from 0 to 6");
    assertCell(
        "2,8,1", "0,-1,0", "hidden.units", "-1", "a whole number from 0 to 9223372036854775807");
  }

  @Test
  void read_cellsThatContradictEachOther_areRefused() throws IOException {
    Files.writeString(file, HEADER + ROW.replace("2.0", "2.1"));
    assertRefused(", record 2: log10 must be that of emergence, 2.0, got 2.1 at step 5");
    Files.writeString(file, HEADER + ROW.replace(",100,", ",0,"));
    assertRefused(", record 2: log10 must be that of emergence, -Infinity, got 2.0 at step 5");
    Files.writeString(file, HEADER + ROW + ROW.replaceFirst("5", "4"));
    assertRefused(": readings must be in the order of the steps, got step 4 after step 5");
  }

  @Test
  void read_numbersAsASpreadsheetWritesThem_areRead() throws IOException {
    for (String two : new String[] {"2", "2.00", "2E+00", "0.2e1"}) {
      Files.writeString(file, HEADER + ROW.replace("2.0", two));
      assertThat(HistoryCsv.read(file).readings())
          .containsExactly(Histories.known().readings().get(1));
    }
  }

  private void assertCell(String good, String bad, String column, String found, String expected)
      throws IOException {
    assertThat(ROW).contains(good);
    Files.writeString(file, HEADER + ROW.replace(good, bad));
    assertRefused(
        ", record 2, column '" + column + "': found '" + found + "', expected " + expected);
  }

  @Test
  void read_laterRecordOfAnotherMeasureOrRule_isRefused() throws IOException {
    Files.writeString(file, HEADER + ROW + ROW.replace("published", "exact"));
    assertRefused(
        ", record 3, column 'measure': found 'exact', expected 'published' as in record 2");
    Files.writeString(file, HEADER + ROW + ROW.replace("mean", "max"));
    assertRefused(
        ", record 3, column 'rule': found 'max activation > 0.05', expected"
            + " 'mean activation > 0.05' as in record 2");
  }

  @Test
  void read_wrongNumberOfCells_isRefused() throws IOException {
    Files.writeString(file, HEADER + ROW + "5,1\r\n");
    assertRefused(", record 3: found 2 cells, expected 15");
    Files.writeString(file, HEADER + "\r\n" + ROW);
    assertRefused(", record 2: found 1 cells, expected 15");
  }

  @Test
  void read_otherHeader_isRefused() throws IOException {
    Files.writeString(file, HEADER.replace("epoch", "epochs") + ROW);
    assertRefused(", record 1, column 2: found 'epochs', expected 'epoch'");
    Files.writeString(file, "step,epoch\r\n");
    assertRefused(", record 1, column 3: found the end of the record, expected 'examples'");
    Files.writeString(file, HEADER.replace("hidden.active", "hidden") + ROW);
    assertRefused(", record 1, column 10: found 'hidden', expected 'LAYER.active'");
    Files.writeString(file, HEADER.replace("hidden.units", "output.units") + ROW);
    assertRefused(", record 1, column 11: found 'output.units', expected 'hidden.units'");
    Files.writeString(file, HEADER.replace("output", "hidden") + ROW);
    assertRefused(", record 1, column 13: found a second 'hidden.active', expected another layer");
    Files.writeString(file, HEADER.substring(0, HEADER.indexOf(",hidden")) + "\r\n" + ROW);
    assertRefused(", record 1, column 10: found the end of the record, expected 'LAYER.active'");
  }

  @Test
  void read_cutShort_isRefused() throws IOException {
    Files.writeString(file, HEADER + ROW.stripTrailing());
    assertRefused(", line 2: found the end of the file, expected the end of the line");
    Files.writeString(file, "");
    assertRefused(": found an empty file, expected a first line");
    HistoryCsv.write(Histories.empty(), file);
    assertRefused(": found no reading, expected at least one, which tells measure and rule");
  }

  @Test
  void read_openQuote_isRefused() throws IOException {
    Files.writeString(file, HEADER + "\"" + ROW);

    assertThatIOException()
        .isThrownBy(() -> HistoryCsv.read(file))
        .withMessageStartingWith(file + ": found quotes that do not match, expected CSV: ");
  }

  private void assertRefused(String message) {
    assertThatIOException().isThrownBy(() -> HistoryCsv.read(file)).withMessage(file + message);
  }
}
