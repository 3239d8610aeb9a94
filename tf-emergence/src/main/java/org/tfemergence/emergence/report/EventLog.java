package org.tfemergence.emergence.report;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.OptionalLong;

/**
 * What was read of an event file.
 *
 * @param points the scalars, texts and histograms, in the order of the file
 * @param truncatedAt the offset in bytes of a record at the end that is not complete, which is
 *     normal while a run is writing; empty when the file ends with a complete record
 * @param passedOver how often something else was found, by its kind, such as {@code image}, {@code
 *     tensor of hparams} or {@code graph_def}; also what is of a kind that is read, but not in a
 *     form that is known
 */
public record EventLog(
    ImmutableList<EventPoint> points,
    OptionalLong truncatedAt,
    ImmutableSortedMap<String, Integer> passedOver) {}
