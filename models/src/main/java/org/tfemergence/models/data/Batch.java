package org.tfemergence.models.data;

import com.google.common.collect.ImmutableList;
import java.util.Objects;

/**
 * A few examples, gathered for one step.
 *
 * @param size the number of examples, at least 1
 * @param inputs a value for each input of the model
 * @param labels what is to be learnt
 */
public record Batch(int size, ImmutableList<HostArray> inputs, HostArray.Ints labels) {
  /** Refuses null. */
  public Batch {
    Objects.requireNonNull(inputs, "inputs");
    Objects.requireNonNull(labels, "labels");
  }
}
