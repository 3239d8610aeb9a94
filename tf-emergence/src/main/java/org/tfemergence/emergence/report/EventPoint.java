package org.tfemergence.emergence.report;

import java.util.Objects;

/** A value in an event file: of a curve, a text or a histogram. */
public sealed interface EventPoint {
  /**
   * Returns when it was written.
   *
   * @return seconds since the beginning of 1970, UTC
   */
  double wallTime();

  /**
   * Returns the step it belongs to.
   *
   * @return the step
   */
  long step();

  /**
   * Returns what it is a value of.
   *
   * @return the name of the curve, text or histogram
   */
  String tag();

  /**
   * A point of a curve.
   *
   * @param wallTime when it was written, in seconds since the beginning of 1970, UTC
   * @param step the step
   * @param tag the curve's name
   * @param value the value: float32, or float64 where the file has it
   */
  record Scalar(double wallTime, long step, String tag, double value) implements EventPoint {
    /** Refuses null. */
    public Scalar {
      Objects.requireNonNull(tag, "tag");
    }
  }

  /**
   * A text.
   *
   * @param wallTime when it was written, in seconds since the beginning of 1970, UTC
   * @param step the step
   * @param tag the text's name
   * @param value the text
   */
  record Text(double wallTime, long step, String tag, String value) implements EventPoint {
    /** Refuses null. */
    public Text {
      Objects.requireNonNull(tag, "tag");
      Objects.requireNonNull(value, "value");
    }
  }

  /**
   * A distribution of values.
   *
   * @param wallTime when it was written, in seconds since the beginning of 1970, UTC
   * @param step the step
   * @param tag the histogram's name
   * @param value the values, counted
   */
  record Distribution(double wallTime, long step, String tag, Histogram value)
      implements EventPoint {
    /** Refuses null. */
    public Distribution {
      Objects.requireNonNull(tag, "tag");
      Objects.requireNonNull(value, "value");
    }
  }
}
