package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableSet;

/**
 * What is learnt of the values that something is computed from.
 *
 * @param parameters each variable, and each constant in the place of one
 * @param statistics those of them that are moving means and variances
 * @param passedOver constants that may have been variables, and are not taken for such
 */
record Learnt(
    ImmutableSet<Parameter> parameters,
    ImmutableSet<Parameter> statistics,
    ImmutableSet<Parameter> passedOver) {}
