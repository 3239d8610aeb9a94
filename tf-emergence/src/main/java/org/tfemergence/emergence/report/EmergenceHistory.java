package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import org.tfemergence.emergence.activity.VerdictRule;

/**
 * The emergence of a network through its training. Immutable.
 *
 * @param measure the name of the definition of emergence that was used
 * @param rule when a unit was counted as active
 * @param readings the measurements, in the order of the steps
 */
public record EmergenceHistory(
    String measure, VerdictRule rule, ImmutableList<EmergenceReading> readings) {}
