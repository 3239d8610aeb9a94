package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tfemergence.emergence.activity.LayerActivity;
import org.tfemergence.emergence.activity.VerdictRule;

/**
 * The emergence of a network through its training. Immutable.
 *
 * @param measured what the readings are of
 * @param readings the measurements, in the order of the steps
 */
public record EmergenceHistory(Measured measured, ImmutableList<EmergenceReading> readings) {
  /**
   * Creates a history.
   *
   * @throws IllegalArgumentException if a reading is of other layers than it is said to be, or of
   *     an earlier step than the one before it
   */
  public EmergenceHistory {
    Objects.requireNonNull(readings, "readings");
    measured.place().ifPresent(place -> requireLayers(place.layers(), readings));
    requireOrder(readings);
  }

  /**
   * Creates a history of which it is not known where it was measured.
   *
   * @param measure the name of the definition of emergence that was used
   * @param rule when a unit was counted as active
   * @param readings the measurements, in the order of the steps
   * @throws IllegalArgumentException if a reading is of an earlier step than the one before it
   */
  public EmergenceHistory(
      String measure, VerdictRule rule, ImmutableList<EmergenceReading> readings) {
    this(new Measured(measure, rule, Optional.empty()), readings);
  }

  /**
   * Returns the definition of emergence that was used.
   *
   * @return its name
   */
  public String measure() {
    return measured.measure();
  }

  /**
   * Returns when a unit was counted as active.
   *
   * @return the rule
   */
  public VerdictRule rule() {
    return measured.rule();
  }

  private static void requireOrder(List<EmergenceReading> readings) {
    for (int i = 1; i < readings.size(); i++) {
      if (readings.get(i).step() < readings.get(i - 1).step()) {
        throw new IllegalArgumentException(
            "readings must be in the order of the steps, got step "
                + readings.get(i).step()
                + " after step "
                + readings.get(i - 1).step());
      }
    }
  }

  private static void requireLayers(List<String> layers, List<EmergenceReading> readings) {
    for (EmergenceReading reading : readings) {
      List<String> own = reading.counts().layers().stream().map(LayerActivity::layer).toList();
      if (!own.equals(layers)) {
        throw new IllegalArgumentException(
            "readings must be of the layers "
                + layers
                + ", got "
                + own
                + " at step "
                + reading.step());
      }
    }
  }
}
