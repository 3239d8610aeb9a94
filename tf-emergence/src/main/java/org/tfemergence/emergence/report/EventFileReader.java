package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

/**
 * Reads the scalars, texts and histograms of an event file, as {@link EventFile}, TensorFlow 1,
 * TensorFlow 2 and PyTorch write them. Everything else is passed over and counted.
 */
public final class EventFileReader {
  private final Path file;
  private final ImmutableList.Builder<EventPoint> points = ImmutableList.builder();
  private final Map<String, Integer> passedOver = new TreeMap<>();

  /** What shows the values of a tag: some writers say so with the first value only. */
  private final Map<String, String> plugins = new HashMap<>();

  private EventFileReader(Path file) {
    this.file = file;
  }

  /**
   * Reads an event file, also one that a run is still writing.
   *
   * @param file the file
   * @return what it holds, up to a record at its end that is not complete
   * @throws IOException if the file cannot be read, is no event file or is damaged; the message
   *     tells the offset, what was found and what was expected
   */
  public static EventLog read(Path file) throws IOException {
    return new EventFileReader(file).read();
  }

  private EventLog read() throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      TfRecordReader records = new TfRecordReader(in);
      for (long offset = 0; ; offset = records.offset()) {
        Optional<Event> event = next(records);
        if (event.isEmpty()) {
          return new EventLog(
              points.build(), records.truncatedAt(), ImmutableSortedMap.copyOf(passedOver));
        }
        if (offset == 0) {
          requireVersion(event.get());
        }
        add(event.get());
      }
    }
  }

  private Optional<Event> next(TfRecordReader records) throws IOException {
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

  private void requireVersion(Event first) throws IOException {
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

  private void add(Event event) {
    switch (event.getWhatCase()) {
      case SUMMARY -> event.getSummary().getValueList().forEach(value -> add(event, value));
      case FILE_VERSION, WHAT_NOT_SET -> {}
      default -> passOver(event.getWhatCase().name().toLowerCase(Locale.ROOT));
    }
  }

  private void add(Event event, Summary.Value value) {
    String named = value.getMetadata().getPluginData().getPluginName();
    if (!named.isEmpty()) {
      plugins.putIfAbsent(value.getTag(), named);
    }
    String plugin = named.isEmpty() ? plugins.getOrDefault(value.getTag(), "") : named;
    Optional<EventPoint> point = SummaryValues.point(event, value, plugin);
    point.ifPresentOrElse(
        points::add,
        () -> {
          String kind = value.getValueCase().name().toLowerCase(Locale.ROOT);
          passOver(plugin.isEmpty() ? kind : kind + " of " + plugin);
        });
  }

  private void passOver(String kind) {
    passedOver.merge(kind, 1, Integer::sum);
  }
}
