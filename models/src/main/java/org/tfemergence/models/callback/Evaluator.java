package org.tfemergence.models.callback;

import com.google.common.collect.ImmutableMap;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.models.layer.Model;

/**
 * A callback that adds figures to each result, such as the BLEU of decoded sentences: what an
 * objective, which sums up over batches, does not know of. Its figures are part of the result that
 * all callbacks and rules are told of, and of checkpoints.
 *
 * <p>Unlike other callbacks it may run the session as often as it likes.
 */
@FunctionalInterface
public interface Evaluator extends TrainingCallback {
  /**
   * Adds this evaluator's operations to the graph; called once, before the first run. By default
   * none.
   *
   * @param tf where to add them
   * @param model the model's description
   * @param built its layers, with the variables of the training
   * @throws IllegalArgumentException if the model is not one that this evaluator can evaluate
   */
  default void attach(Ops tf, Model model, Model.Built built) {}

  /**
   * Measures. No variable of the model may be changed, and the trainer neither saved nor restored
   * nor asked to train.
   *
   * @param session the training's session; the model's variables have the values that are
   *     evaluated: if averages of the weights are kept, these
   * @param result the result so far
   * @return further figures by name; none of the result's names
   */
  ImmutableMap<String, Double> evaluate(Session session, EpochResult result);

  @Override
  default void attach(TrainingGraph graph) {}

  /**
   * Returns the name of all evaluators, since a lambda expression has no class name of its own.
   *
   * @return {@code evaluator}
   */
  @Override
  default String name() {
    return "evaluator";
  }
}
