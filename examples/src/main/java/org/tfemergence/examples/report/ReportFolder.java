package org.tfemergence.examples.report;

import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.tfemergence.emergence.report.HistoryCsv;
import org.tfemergence.examples.experiment.PromoteAndPruneResult;

/** Writes everything there is to read of a result into a folder. */
public final class ReportFolder {
  private ReportFolder() {}

  /**
   * Checks, before any work is done, that charts can be drawn here.
   *
   * @throws IOException if this system has no fonts, saying what to install
   */
  public static void requireFonts() throws IOException {
    try {
      new Font(Font.SANS_SERIF, Font.PLAIN, 12)
          .getStringBounds("E", new FontRenderContext(null, true, true));
    } catch (RuntimeException | Error e) {
      throw new IOException(
          "found no fonts, which the charts need; install fontconfig and any font, such as the"
              + " packages fontconfig and fonts-dejavu-core",
          e);
    }
  }

  /**
   * Writes {@code report.html}, {@code history.csv}, {@code run.json}, {@code charts/*.png} and
   * {@code emergence/RUN.csv}.
   *
   * @param result the result
   * @param record where it comes from
   * @param folder an existing folder
   * @throws IOException if a file cannot be written
   */
  public static void write(PromoteAndPruneResult result, RunRecord record, Path folder)
      throws IOException {
    ResultCsv.write(result, folder.resolve("history.csv"));
    record.write(folder.resolve("run.json"));
    Path emergence = Files.createDirectories(folder.resolve("emergence"));
    for (PromoteAndPruneResult.Run run : result.runs()) {
      HistoryCsv.write(run.history(), emergence.resolve(run.name() + ".csv"));
    }
    Path pictures = Files.createDirectories(folder.resolve("charts"));
    Map<String, byte[]> charts = new LinkedHashMap<>();
    for (Map.Entry<String, XYChart> chart : Charts.of(result).entrySet()) {
      Path picture = pictures.resolve(chart.getKey() + ".png");
      Charts.writePng(chart.getValue(), picture);
      charts.put(chart.getValue().getTitle(), Files.readAllBytes(picture));
    }
    Files.writeString(
        folder.resolve("report.html"),
        HtmlReport.page(result, record, charts),
        StandardCharsets.UTF_8);
  }
}
