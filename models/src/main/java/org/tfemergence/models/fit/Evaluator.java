package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import org.tfemergence.emergence.train.EpochResult;

/** Measures what the objective does not know of, such as the BLEU of decoded sentences. */
@FunctionalInterface
public interface Evaluator {
  /**
   * Returns further metrics of a result. Called before callbacks are told of it.
   *
   * @param result the result so far
   * @return further metrics by name; none of the result's names
   */
  ImmutableMap<String, Double> evaluate(EpochResult result);

  /**
   * Returns an evaluator that adds nothing.
   *
   * @return the evaluator
   */
  static Evaluator none() {
    return result -> ImmutableMap.of();
  }
}
