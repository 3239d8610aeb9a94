package org.tfemergence.emergence.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * Writes readings to an event file as they are made: first, once, the run's configuration and what
 * is measured as texts, then of each reading its curves, by {@link EventFile#reading}.
 *
 * <p>What was handed over is in the file when {@link #accept} returns, and stays there when the run
 * is killed. The formats that keep a history exactly write it as a whole, when they are told to.
 */
public final class EventSink implements ReadingSink {
  /** The name of the text that holds the run's configuration. */
  public static final String CONFIGURATION = "run/configuration";

  private final EventFile events;
  private final String configuration;

  /**
   * Creates a sink.
   *
   * @param events where to; the caller closes it. Curves of two sinks in one file would be one
   * @param configuration what the run was made with, for people, as Markdown; none if empty
   */
  public EventSink(EventFile events, String configuration) {
    Objects.requireNonNull(events, "events");
    Objects.requireNonNull(configuration, "configuration");
    this.events = events;
    this.configuration = configuration;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if it cannot be written
   */
  @Override
  public void begin(Measured measured) {
    try {
      if (!configuration.isEmpty()) {
        events.text(CONFIGURATION, 0, configuration);
      }
      events.measured(measured);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes a reading.
   *
   * @param reading the reading
   * @throws UncheckedIOException if it cannot be written
   */
  @Override
  public void accept(EmergenceReading reading) {
    try {
      events.reading(reading);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
