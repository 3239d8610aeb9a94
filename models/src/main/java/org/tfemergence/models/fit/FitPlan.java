package org.tfemergence.models.fit;

import java.util.Objects;
import java.util.Optional;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.StopRule;
import org.tfemergence.models.data.Dataset;

/**
 * What a training goes through. Immutable; start from {@link #of}.
 *
 * <p>At the end of each call of {@link Trainer#fit}, and not if it fails, there is a step of {@link
 * Phase#END}, in which callbacks leave the weights as they are to be used: {@code
 * EmergenceStopping} puts the best ones back, averages included. A later call then goes on with
 * these, with the optimizer's state of the last update, and with the epoch after the last, as in
 * Keras. Checkpoints are written before that step: whoever is to go on from the last weights
 * restores the last one. After a failure the weights are those of the last update, and the best
 * ones still in the callback's copies.
 *
 * @param training what to learn from, shuffled anew each epoch
 * @param validation what to evaluate on
 * @param until how far the training is to be in the end, counted from its beginning
 * @param evaluateEvery how far evaluations are apart, at least 1; there is one before training and
 *     one at the end besides
 * @param stop asked after each evaluation whether to end before, besides those of the callbacks
 *     that are rules
 * @param saving if present, where and how often to save
 */
public record FitPlan(
    Dataset training,
    Dataset validation,
    Extent until,
    Extent evaluateEvery,
    StopRule stop,
    Optional<Saving> saving) {
  /**
   * Creates a plan.
   *
   * @throws IllegalArgumentException if {@code evaluateEvery} is 0
   */
  public FitPlan {
    Objects.requireNonNull(training, "training");
    Objects.requireNonNull(validation, "validation");
    Objects.requireNonNull(until, "until");
    Objects.requireNonNull(stop, "stop");
    Objects.requireNonNull(saving, "saving");
    evaluateEvery.requirePositive("evaluateEvery");
  }

  /**
   * Returns a plan that evaluates after each epoch, does not end before, and saves nothing.
   *
   * @param training what to learn from
   * @param validation what to evaluate on
   * @param until how far the training is to be in the end
   * @return the plan
   */
  public static FitPlan of(Dataset training, Dataset validation, Extent until) {
    return new FitPlan(
        training, validation, until, Extent.epochs(1), result -> false, Optional.empty());
  }

  /**
   * Returns this plan with evaluations at other distances.
   *
   * @param distance how far they are apart, at least 1
   * @return the plan
   */
  public FitPlan withEvaluateEvery(Extent distance) {
    return new FitPlan(training, validation, until, distance, stop, saving);
  }

  /**
   * Returns this plan with a rule that may end it before; for rules that are no callbacks. Those
   * that are, the trainer asks anyway.
   *
   * @param rule asked after each evaluation
   * @return the plan
   */
  public FitPlan withStop(StopRule rule) {
    return new FitPlan(training, validation, until, evaluateEvery, rule, saving);
  }

  /**
   * Returns this plan with checkpoints.
   *
   * @param checkpoints the folder they go to
   * @param every how far they are apart, at least 1
   * @return the plan
   */
  public FitPlan withCheckpoints(Checkpoints checkpoints, Extent every) {
    return new FitPlan(
        training,
        validation,
        until,
        evaluateEvery,
        stop,
        Optional.of(new Saving(checkpoints, every)));
  }
}
