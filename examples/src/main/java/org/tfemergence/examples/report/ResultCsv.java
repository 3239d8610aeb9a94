package org.tfemergence.examples.report;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.examples.experiment.PromoteAndPruneResult;

/** Writes all figures of a result into one table: a line per run and epoch. */
final class ResultCsv {
  private ResultCsv() {}

  static void write(PromoteAndPruneResult result, Path file) throws IOException {
    try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        CSVPrinter csv = new CSVPrinter(writer, CSVFormat.RFC4180)) {
      csv.printRecord(
          "arm",
          "seed",
          "epoch",
          "step",
          "loss",
          "accuracy",
          "val_loss",
          "val_accuracy",
          "emergence",
          "log10_emergence",
          "parameters",
          "log10_relative");
      for (PromoteAndPruneResult.Run run : result.runs()) {
        for (EpochResult epoch : run.epochs()) {
          EmergenceReading reading = run.reading(epoch.epoch());
          csv.printRecord(
              run.arm().id(),
              run.seed(),
              epoch.epoch(),
              epoch.step(),
              epoch.metrics().get("loss"),
              epoch.metrics().get("accuracy"),
              epoch.metrics().get("val_loss"),
              epoch.metrics().get("val_accuracy"),
              reading.emergence().orElseThrow().paths(),
              reading.log10(),
              reading.parameters(),
              reading.log10Relative());
        }
      }
    }
  }
}
