package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.Summary;

/**
 * Reads the scalars, texts and histograms of an event file in the form {@link EventFile} gives
 * them. Everything else is passed over, as is a histogram of another program that is not in that
 * form: whose limits descend or are not finite.
 */
public final class EventFileReader {
  private EventFileReader() {}

  /**
   * Reads an event file, also one that a run is still writing.
   *
   * @param file the file
   * @return what it holds, up to a record at its end that is not complete
   * @throws IOException if the file cannot be read, is no event file or is damaged; the message
   *     tells the offset, what was found and what was expected
   */
  public static EventLog read(Path file) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      TfRecordReader records = new TfRecordReader(in);
      ImmutableList.Builder<EventPoint> points = ImmutableList.builder();
      for (long offset = 0; ; offset = records.offset()) {
        Optional<Event> event = next(records, file);
        if (event.isEmpty()) {
          return new EventLog(points.build(), records.truncatedAt());
        }
        if (offset == 0) {
          requireVersion(event.get(), file);
        }
        addPoints(event.get(), points);
      }
    }
  }

  private static Optional<Event> next(TfRecordReader records, Path file) throws IOException {
    long offset = records.offset();
    Optional<byte[]> record;
    try {
      record = records.next();
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    if (record.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Event.parseFrom(record.get()));
    } catch (InvalidProtocolBufferException e) {
      throw new IOException(
          file
              + ": offset "
              + offset
              + ": found "
              + record.get().length
              + " bytes that are no event, expected an event: "
              + e.getMessage(),
          e);
    }
  }

  private static void requireVersion(Event first, Path file) throws IOException {
    if (!first.getFileVersion().equals(EventFile.VERSION)) {
      throw new IOException(
          file
              + ": offset 0: found version '"
              + Excerpt.of(first.getFileVersion())
              + "', expected '"
              + EventFile.VERSION
              + "'");
    }
  }

  private static void addPoints(Event event, ImmutableList.Builder<EventPoint> points) {
    for (Summary.Value value : event.getSummary().getValueList()) {
      if (value.hasSimpleValue()) {
        points.add(
            new EventPoint.Scalar(
                event.getWallTime(), event.getStep(), value.getTag(), value.getSimpleValue()));
      } else if (value.getMetadata().getPluginData().getPluginName().equals(EventFile.TEXT)
          && value.getTensor().getStringValCount() == 1) {
        points.add(
            new EventPoint.Text(
                event.getWallTime(),
                event.getStep(),
                value.getTag(),
                value.getTensor().getStringVal(0).toStringUtf8()));
      } else if (value.hasHisto()) {
        histogram(value.getHisto())
            .ifPresent(
                histogram ->
                    points.add(
                        new EventPoint.Distribution(
                            event.getWallTime(), event.getStep(), value.getTag(), histogram)));
      }
    }
  }

  private static Optional<Histogram> histogram(HistogramProto proto) {
    try {
      return Optional.of(
          new Histogram(
              ImmutableDoubleArray.builder()
                  .add(proto.getMin())
                  .addAll(proto.getBucketLimitList())
                  .build(),
              ImmutableLongArray.copyOf(
                  proto.getBucketList().stream().mapToLong(Double::longValue)),
              proto.getSum(),
              proto.getSumSquares()));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // of another program
    }
  }
}
