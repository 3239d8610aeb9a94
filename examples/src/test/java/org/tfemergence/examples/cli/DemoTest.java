package org.tfemergence.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;
import org.tfemergence.examples.data.BundledSample;
import org.tfemergence.examples.data.ImageSet;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.export.ModelRecord;
import org.tfemergence.models.export.ModelRecordFile;

/** One short demonstration, examined from all sides as a user would find it on disk. */
final class DemoTest {
  @TempDir static Path folder;

  private static final StringWriter OUT = new StringWriter();
  private static Path run;

  @BeforeAll
  static void demonstrate() {
    run = folder.resolve("run");
    assertThat(demo(run)).isZero();
  }

  @Test
  void sameCommandTwice_givesTheSameNumbers() throws IOException {
    Path again = folder.resolve("again");
    assertThat(demo(again)).isZero();
    assertThat(again.resolve("history.csv")).hasSameTextualContentAs(run.resolve("history.csv"));
    assertThat(
            Files.readAllBytes(
                again.resolve("saved-model/variables/variables.data-00000-of-00001")))
        .isEqualTo(
            Files.readAllBytes(run.resolve("saved-model/variables/variables.data-00000-of-00001")));
  }

  @Test
  void emergence_equalsBruteForceOnTheRecordedActivity() throws IOException {
    for (String arm : List.of("base", "promoting", "unpruned")) {
      for (CSVRecord row : csv(run.resolve("emergence/" + arm + "-seed-1.csv"))) {
        long[] units = new long[4];
        long[] active = new long[4];
        List<String> layers = List.of("dense_1", "dense_2", "dense_3", "logits");
        for (int i = 0; i < 4; i++) {
          units[i] = Long.parseLong(row.get(layers.get(i) + ".units"));
          active[i] = Long.parseLong(row.get(layers.get(i) + ".active"));
        }
        assertThat(Long.parseLong(row.get("emergence"))).isEqualTo(walk(units, active));
        assertThat(Double.parseDouble(row.get("log10_emergence")))
            .isCloseTo(Math.log10((double) walk(units, active)), within(1e-12));
      }
    }
  }

  @Test
  void relativeEmergence_isPerParameterLeft() throws IOException {
    long all = (784 * 256 + 256) + 2 * (256 * 256 + 256) + (256 * 10 + 10);
    long kernels = 784 * 256 + 2 * 256 * 256 + 256 * 10;
    for (CSVRecord row : csv(run.resolve("history.csv"))) {
      boolean pruned = !row.get("arm").equals("unpruned") && Integer.parseInt(row.get("epoch")) > 1;
      long parameters = pruned ? all - kernels / 2 : all;
      assertThat(Long.parseLong(row.get("parameters"))).isEqualTo(parameters);
      assertThat(Double.parseDouble(row.get("log10_relative")))
          .isCloseTo(
              Math.log10(Double.parseDouble(row.get("emergence")) / parameters), within(1e-12));
    }
  }

  /** Half of each kernel is pruned, and E was measured four times. */
  @Test
  void savedModel_tellsHowItCameToBe() throws IOException {
    ModelRecord record = ModelRecordFile.read(run.resolve("saved-model"));
    assertThat(record.pixels()).hasValue(PixelScaling.none(1));
    List<CSVRecord> rows = csv(run.resolve("emergence/promoting-seed-1.csv"));

    assertThat(record.model()).isEqualTo("Mlp");
    assertThat(record.settings())
        .containsEntry("inputs", "784")
        .containsEntry("hidden", "[256, 256, 256]")
        .containsEntry("classes", "10");
    assertThat(record.plan())
        .extracting(row -> row.kernel().name())
        .containsExactly("dense_1/kernel", "dense_2/kernel", "dense_3/kernel", "logits/kernel");
    assertThat(record.plan()).anyMatch(row -> row.factor() != 1);
    assertThat(record.histories()).hasSize(1);
    assertThat(
            record.histories().get(0).readings().stream()
                .map(reading -> reading.step() + " " + reading.emergence().orElseThrow().paths()))
        .containsExactlyElementsOf(
            rows.stream().map(row -> row.get("step") + " " + row.get("emergence")).toList());
    assertThat(record.sparsity())
        .containsExactly(
            new ModelRecord.Sparsity("dense_1/kernel", 784 * 256, 784 * 128),
            new ModelRecord.Sparsity("dense_2/kernel", 256 * 256, 256 * 128),
            new ModelRecord.Sparsity("dense_3/kernel", 256 * 256, 256 * 128),
            new ModelRecord.Sparsity("logits/kernel", 2560, 1280));
  }

  @Test
  void savedModel_loadedBack_classifiesAsReported() throws IOException {
    ImageSet test = BundledSample.load().test();
    int right = 0;
    try (SavedModelBundle bundle = SavedModelBundle.load(run.resolve("saved-model").toString());
        TUint8 input = // as they are in the files
            TUint8.tensorOf(Shape.of(test.size(), 784), DataBuffers.of(test.pixels()));
        Result result = bundle.function("serving_default").call(Map.of("input", input))) {
      TFloat32 logits = (TFloat32) result.get("logits").orElseThrow();
      for (int i = 0; i < test.size(); i++) {
        int best = 0;
        for (int c = 1; c < 10; c++) {
          best = logits.getFloat(i, c) > logits.getFloat(i, best) ? c : best;
        }
        right += best == test.labels()[i] ? 1 : 0;
      }
    }
    CSVRecord last =
        csv(run.resolve("history.csv")).stream()
            .filter(row -> row.get("arm").equals("promoting"))
            .reduce((first, second) -> second)
            .orElseThrow();
    assertThat((double) right / test.size())
        .isEqualTo(Double.parseDouble(last.get("val_accuracy")));
  }

  @Test
  void promotingArms_areTheSameUntilOneIsPruned() throws IOException {
    List<CSVRecord> rows = csv(run.resolve("history.csv"));
    for (int epoch = 0; epoch <= 1; epoch++) {
      assertThat(row(rows, "promoting", epoch).get("val_loss"))
          .isEqualTo(row(rows, "unpruned", epoch).get("val_loss"));
    }
    assertThat(row(rows, "promoting", 2).get("val_loss"))
        .isNotEqualTo(row(rows, "unpruned", 2).get("val_loss"));
  }

  @Test
  void report_isSelfContainedAndSaysWhatWasFound() throws IOException {
    String html = Files.readString(run.resolve("report.html"));
    assertThat(html).startsWith("<!DOCTYPE html>").endsWith("</html>\n");
    String words =
        html.replaceAll("base64,[A-Za-z0-9+/=]*", ""); // where any three letters may stand
    assertThat(words).doesNotContain("http://", "https://", "<script", "<link", "NaN", "null");
    assertThat(html).contains("raises emergence", "Pruning lowers emergence E.", "dense_1/kernel");
    assertThat(html.split("data:image/png;base64,", -1)).hasSize(5);
    for (String chart : List.of("accuracy", "emergence", "relative", "activity")) {
      assertThat(ImageIO.read(run.resolve("charts/" + chart + ".png").toFile()).getWidth())
          .isGreaterThan(1000);
    }
  }

  @Test
  void runRecord_tellsWhereTheFiguresComeFrom() throws IOException {
    JsonNode record = new ObjectMapper().readTree(run.resolve("run.json").toFile());
    assertThat(record.get("command").asText()).startsWith("emergence demo --epochs 2");
    assertThat(record.get("data SHA-256").asText()).isEqualTo(BundledSample.load().sha256());
    assertThat(record.get("TensorFlow").asText()).isEqualTo(TensorFlow.version());
    assertThat(record.get("seeds").size()).isEqualTo(1);
  }

  @Test
  void console_closesWithATableAndWhereTheFilesAre() {
    assertThat(OUT.toString())
        .contains("training: 100%", "accuracy@1", "base, pruned", "promoting, unpruned")
        .contains(run.resolve("report.html").toString())
        .contains(run.resolve("saved-model").toString());
    assertThat(OUT.toString().lines().filter(line -> line.startsWith("training: "))).hasSize(10);
  }

  @Test
  void tensorboard_hasARunPerTraining() throws IOException {
    for (String arm : List.of("base", "promoting", "unpruned")) {
      try (var files = Files.list(run.resolve("tensorboard/" + arm + "-seed-1"))) {
        assertThat(files).singleElement().asString().contains("events.out.tfevents");
      }
    }
  }

  private static int demo(Path out) {
    PrintWriter console = new PrintWriter(OUT, true);
    return Emergence.execute(
        console, console, "demo", "--epochs", "2", "--seeds", "1", "--out", out.toString());
  }

  private static CSVRecord row(List<CSVRecord> rows, String arm, int epoch) {
    return rows.stream()
        .filter(row -> row.get("arm").equals(arm) && row.get("epoch").equals("" + epoch))
        .findFirst()
        .orElseThrow();
  }

  private static List<CSVRecord> csv(Path file) throws IOException {
    CSVFormat format = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();
    try (CSVParser parser = CSVParser.parse(file, StandardCharsets.UTF_8, format)) {
      return parser.getRecords();
    }
  }

  /** Walks every path that starts in an inactive unit, unit by unit, and counts active ends. */
  private static long walk(long[] units, long[] active) {
    long paths = 0;
    for (int layer = 0; layer < units.length; layer++) {
      for (long unit = active[layer]; unit < units[layer]; unit++) {
        paths += walkFrom(layer, units, active);
      }
    }
    return paths;
  }

  /* The first units of each layer stand for the active ones: which they are does not matter. */
  private static long walkFrom(int layer, long[] units, long[] active) {
    if (layer + 1 == units.length) {
      return 0;
    }
    long paths = 0;
    for (long unit = 0; unit < units[layer + 1]; unit++) {
      paths += (unit < active[layer + 1] ? 1 : 0) + walkFrom(layer + 1, units, active);
    }
    return paths;
  }
}
