package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import java.util.OptionalLong;

/**
 * What was read of an event file.
 *
 * @param points the scalars, texts and histograms, in the order of the file
 * @param truncatedAt the offset in bytes of a record at the end that is not complete, which is
 *     normal while a run is writing; empty when the file ends with a complete record
 */
public record EventLog(ImmutableList<EventPoint> points, OptionalLong truncatedAt) {}
