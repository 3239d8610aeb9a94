package org.tfemergence.models.text;

import com.google.common.primitives.ImmutableIntArray;

/**
 * A sequence that a search found.
 *
 * @param tokens its tokens, without the end
 * @param score its log probability, the end counted, divided by its length to the power of the
 *     length penalty; at most 0
 */
public record Hypothesis(ImmutableIntArray tokens, double score) {}
