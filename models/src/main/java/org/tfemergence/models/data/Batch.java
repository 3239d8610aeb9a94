package org.tfemergence.models.data;

import com.google.common.collect.ImmutableList;

/**
 * A few examples, gathered for one step.
 *
 * @param size the number of examples, at least 1
 * @param inputs a value for each input of the model
 * @param labels what is to be learnt
 */
public record Batch(int size, ImmutableList<HostArray> inputs, HostArray.Ints labels) {}
