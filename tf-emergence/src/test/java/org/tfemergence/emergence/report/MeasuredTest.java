package org.tfemergence.emergence.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.emergence.graph.TapPoint;

/** What a history is of, in each format; and files that were written before it was kept. */
final class MeasuredTest {
  @TempDir private Path folder;

  @Test
  void write_place_isKeptInEveryFormat() throws IOException {
    EmergenceHistory history = Histories.placed();

    HistoryProto.write(history, folder.resolve("pb"));
    HistoryJsonLines.write(history, folder.resolve("jsonl"));
    HistoryCsv.write(history, folder.resolve("csv"));

    assertThat(HistoryProto.read(folder.resolve("pb"))).isEqualTo(history);
    assertThat(HistoryJsonLines.read(folder.resolve("jsonl"))).isEqualTo(history);
    assertThat(HistoryCsv.read(folder.resolve("csv"))).isEqualTo(history);
    assertThat(Files.readAllLines(folder.resolve("jsonl")).get(0))
        .endsWith(
            "\"place\":{\"sampling\":\"evaluation passes, every epoch\","
                + "\"tap_point\":\"BEFORE_NORMALIZATION\",\"layers\":[\"hidden\",\"output\"]}}");
    assertThat(Files.readAllLines(folder.resolve("csv")).get(0))
        .startsWith("step,epoch,examples,measure,rule,sampling,tap_point,emergence,");
  }

  /* The lines of docs/formats.md as they stood when format 1 was first described. */
  @Test
  void read_filesOfBefore_haveNoPlace() throws IOException {
    Path lines =
        Files.writeString(
            folder.resolve("jsonl"),
            """
            {"format":1,"measure":"published","rule":{"reducer":"MEAN","threshold":0.05,"rho":0.0,"sign":"AS_IS","granularity":"UNITS"},"readings":1}
            {"step":"0","epoch":0,"examples":"16","layers":[{"name":"hidden","units":"8","active":"2","non_finite":"0"}],"emergence":"0","log10":"-Infinity","parameters":"1000"}
            """);
    Path csv =
        Files.writeString(
            folder.resolve("csv"),
            """
            step,epoch,examples,measure,rule,emergence,log10_emergence,parameters,log10_relative,hidden.active,hidden.units,hidden.non_finite
            0,0,16,published,mean activation > 0.05,0,-Infinity,1000,-Infinity,2,8,0
            """);

    EmergenceHistory read = HistoryJsonLines.read(lines);

    assertThat(read.measured())
        .isEqualTo(new Measured("published", ActivityRule.DEFAULT, Optional.empty()));
    assertThat(read.readings().get(0).counts().layers().get(0).active()).isEqualTo(2);
    assertThat(HistoryCsv.read(csv)).isEqualTo(read);
    HistoryProto.write(read, folder.resolve("pb"));
    assertThat(HistoryProto.read(folder.resolve("pb"))).isEqualTo(read);
  }

  @Test
  void read_tapPointThatIsNone_isRefused() throws IOException {
    Path file = folder.resolve("csv");
    HistoryCsv.write(Histories.placed(), file);
    Files.writeString(
        file, Files.readString(file).replaceFirst("before_normalization", "somewhere"));
    assertThatIOException()
        .isThrownBy(() -> HistoryCsv.read(file))
        .withMessage(
            file
                + ", record 2, column 'tap_point': found 'somewhere', expected activation or"
                + " before_normalization");

    HistoryJsonLines.write(Histories.placed(), file);
    Files.writeString(
        file, Files.readString(file).replace("\"tap_point\":\"BEFORE_NORMALIZATION\",", ""));
    assertThatIOException()
        .isThrownBy(() -> HistoryJsonLines.read(file))
        .withMessage(file + ", line 1: found no field 'tap_point', expected one");
  }

  @Test
  void history_readingsOfOtherLayers_isRefused() {
    Measured measured =
        new Measured(
            "published",
            ActivityRule.DEFAULT,
            Optional.of(new Measured.Place("", TapPoint.ACTIVATION, ImmutableList.of("hidden"))));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EmergenceHistory(measured, Histories.known().readings()))
        .withMessage("readings must be of the layers [hidden], got [hidden, output] at step 0");
  }
}
