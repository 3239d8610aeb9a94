package org.tfemergence.emergence.train;

import com.google.common.collect.ImmutableList;
import java.util.Objects;
import org.tensorflow.Tensor;

/**
 * What came of a step, for one callback.
 *
 * @param step the step
 * @param values the values of what the callback asked for, in its order; they belong to the loop
 *     and are closed when the callback returns, so copy what must last
 */
public record StepResult(Step step, ImmutableList<Tensor> values) {
  /** Refuses null. */
  public StepResult {
    Objects.requireNonNull(step, "step");
    Objects.requireNonNull(values, "values");
  }
}
