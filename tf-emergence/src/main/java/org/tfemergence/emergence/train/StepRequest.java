package org.tfemergence.emergence.train;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;

/**
 * What a callback wants from one step.
 *
 * @param fetches the outputs to compute, each once
 * @param feeds values for placeholders of the callback's own; the loop closes them after the step
 */
public record StepRequest(
    ImmutableList<Operand<?>> fetches, ImmutableMap<Operand<?>, Tensor> feeds) {
  /** A request for nothing. */
  public static final StepRequest NOTHING = of();

  /** Refuses null. */
  public StepRequest {
    Objects.requireNonNull(fetches, "fetches");
    Objects.requireNonNull(feeds, "feeds");
  }

  /**
   * Returns a request that feeds nothing.
   *
   * @param fetches the outputs to compute, each once
   * @return the request
   */
  public static StepRequest of(Operand<?>... fetches) {
    return new StepRequest(ImmutableList.copyOf(fetches), ImmutableMap.of());
  }
}
