package org.tfemergence.models.callback;

import com.google.common.io.MoreFiles;
import com.google.common.primitives.Bytes;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.tfemergence.emergence.report.Seal;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.models.callback.proto.SavedMetricsCsv;

/**
 * Writes metrics to a CSV file, a line each: {@code epoch,step,metric,value}. Lines are appended as
 * results come, so that a killed training leaves what it had. A training that goes on from a
 * checkpoint cuts off what was written after it, and so leaves each result once; any other goes on
 * behind the last whole line.
 */
public final class MetricsCsv implements TrainingCallback {
  private static final String HEADING = "epoch,step,metric,value\n";

  private final Path file;

  /** Where the next line goes if a checkpoint says so, and the file is as long. */
  private OptionalLong resumeAt = OptionalLong.empty();

  private OptionalLong length = OptionalLong.empty();

  /**
   * Creates the callback.
   *
   * @param file the file, made with its heading and its folders if it is absent
   */
  public MetricsCsv(Path file) {
    this.file = Objects.requireNonNull(file, "file");
  }

  @Override
  public void attach(TrainingGraph graph) {}

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  @Override
  public void completed(EpochResult result) {
    boolean interrupted =
        Thread.interrupted(); // the flag would close the file before it is written
    try {
      MoreFiles.createParentDirectories(file);
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        long end = length.isPresent() && resumeAt.isEmpty() ? channel.size() : end();
        channel.truncate(end).position(end);
        ByteBuffer lines = StandardCharsets.UTF_8.encode((end == 0 ? HEADING : "") + lines(result));
        while (lines.hasRemaining()) {
          channel.write(lines);
        }
        length = OptionalLong.of(channel.position());
        resumeAt = OptionalLong.empty();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /* Where this training's lines begin: where it was saved, or behind the last whole line. */
  private long end() throws IOException {
    return Math.min(resumeAt.orElse(Long.MAX_VALUE), whole());
  }

  private long whole() throws IOException {
    return Files.exists(file) ? Bytes.lastIndexOf(Files.readAllBytes(file), (byte) '\n') + 1 : 0;
  }

  private static String lines(EpochResult result) {
    StringBuilder lines = new StringBuilder();
    for (Map.Entry<String, Double> metric : result.metrics().entrySet()) {
      lines
          .append(result.epoch())
          .append(',')
          .append(result.step())
          .append(',')
          .append(metric.getKey())
          .append(',')
          .append(metric.getValue())
          .append('\n');
    }
    return lines.toString();
  }

  /**
   * {@inheritDoc}
   *
   * <p>That is where the next line goes.
   *
   * @throws UncheckedIOException if the file cannot be read
   */
  @Override
  public ByteString hostState() {
    SavedMetricsCsv.Builder state = SavedMetricsCsv.newBuilder();
    OptionalLong known = resumeAt.isPresent() ? resumeAt : length;
    try {
      state.setLength(known.isPresent() ? known.getAsLong() : whole());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return state.setSha256(Seal.of(state.build())).build().toByteString();
  }

  /**
   * {@inheritDoc}
   *
   * <p>The file is touched when the next result comes.
   */
  @Override
  public void restoreHostState(ByteString state) {
    SavedMetricsCsv saved;
    try {
      saved = Seal.parse(SavedMetricsCsv.parser(), state, "the length of a file of metrics");
      Seal.require(saved);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("callback '" + name() + "': " + e.getMessage(), e);
    }
    resumeAt = saved.hasLength() ? OptionalLong.of(saved.getLength()) : OptionalLong.empty();
  }
}
