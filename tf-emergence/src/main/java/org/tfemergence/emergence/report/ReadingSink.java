package org.tfemergence.emergence.report;

import java.util.function.Consumer;

/** Takes readings as they are made, and is told before the first what they are of. */
public interface ReadingSink extends Consumer<EmergenceReading> {
  /**
   * Tells what the readings to come are of.
   *
   * @param measured what is measured
   */
  void begin(Measured measured);
}
