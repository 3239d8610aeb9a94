package org.tfemergence.models.callback;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tfemergence.emergence.file.Folders;
import org.tfemergence.emergence.report.Seal;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.models.callback.proto.SavedMetric;
import org.tfemergence.models.callback.proto.SavedMetricsCsv;

/**
 * Writes metrics to a CSV file, a line each: {@code epoch,step,metric,value}, quoted as RFC 4180
 * says where a name asks for it. With each result the whole file is written anew, so that it is
 * complete at any time, and holds each result of the training once, also after it went on from a
 * checkpoint, which holds all rows.
 *
 * <p>Nothing of others is lost. A file of metrics of which this training knows nothing, such as
 * another's, or that of one that was killed before its first checkpoint, is renamed: {@code
 * metrics.csv} to {@code metrics.csv.1}, or the next number that is free; a warning says so. Any
 * other file is refused.
 */
public final class MetricsCsv implements TrainingCallback {
  private static final Logger LOG = LogManager.getLogger(MetricsCsv.class);

  private final Path file;
  private MetricsTable table = MetricsTable.EMPTY;

  /**
   * Creates the callback.
   *
   * @param file the file, made with its folders if it is absent
   */
  public MetricsCsv(Path file) {
    this.file = Objects.requireNonNull(file, "file");
  }

  /**
   * Looks at the file; adds no operation.
   *
   * @param graph the training's graph
   * @throws UncheckedIOException if the file is there and is no file of metrics
   */
  @Override
  public void attach(TrainingGraph graph) {
    try {
      MetricsTable.read(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes the file with a result's rows.
   *
   * @param result the result of an epoch
   * @throws UncheckedIOException if the file cannot be written, or is by now no file of metrics; it
   *     is then as it was, and the next result brings this one along
   */
  @Override
  public void completed(EpochResult result) {
    MetricsTable before = table;
    table = table.with(result);
    try {
      if (!before.isOf(MetricsTable.read(file))) {
        setAside();
      }
      Folders.create(file.toAbsolutePath().getParent());
      table.write(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void setAside() throws IOException {
    for (int number = 1; ; number++) {
      Path other = file.resolveSibling(file.getFileName() + "." + number);
      try {
        Files.move(file, other);
        LOG.warn("{}: held metrics that are not of this training; they are now in {}", file, other);
        return;
      } catch (FileAlreadyExistsException e) {
        // The next number.
      }
    }
  }

  /**
   * Returns what a checkpoint keeps.
   *
   * @return all rows, with a checksum
   */
  @Override
  public ByteString hostState() {
    SavedMetricsCsv.Builder state = SavedMetricsCsv.newBuilder();
    for (MetricsTable.Row row : table.rows()) {
      state
          .addRowsBuilder()
          .setEpoch(row.epoch())
          .setStep(row.step())
          .setMetric(row.metric())
          .setValue(row.value());
    }
    return state.setSha256(Seal.of(state.build())).build().toByteString();
  }

  /**
   * Takes the rows of a checkpoint. The file is written when the next result comes.
   *
   * @param state what {@link #hostState()} returned
   * @throws IllegalArgumentException if the bytes are damaged
   */
  @Override
  public void restoreHostState(ByteString state) {
    SavedMetricsCsv saved;
    try {
      saved = Seal.parse(SavedMetricsCsv.parser(), state, "the rows of a file of metrics");
      Seal.require(saved);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("callback '" + name() + "': " + e.getMessage(), e);
    }
    ImmutableList.Builder<MetricsTable.Row> rows = ImmutableList.builder();
    for (SavedMetric row : saved.getRowsList()) {
      rows.add(
          new MetricsTable.Row(row.getEpoch(), row.getStep(), row.getMetric(), row.getValue()));
    }
    table = new MetricsTable(rows.build());
  }
}
