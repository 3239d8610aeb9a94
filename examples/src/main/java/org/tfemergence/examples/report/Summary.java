package org.tfemergence.examples.report;

import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.tfemergence.examples.experiment.Arm;
import org.tfemergence.examples.experiment.PromoteAndPruneResult;
import org.tfemergence.examples.experiment.PromoteAndPruneResult.Run;

/** The means over the seeds that tables, sentences and charts show. */
final class Summary {
  private final PromoteAndPruneResult result;

  Summary(PromoteAndPruneResult result) {
    this.result = result;
  }

  int epochs() {
    return result.spec().epochs();
  }

  int pruningEpoch() {
    return result.spec().epochsBeforePruning();
  }

  int seeds() {
    return result.spec().seeds().size();
  }

  /** Mean accuracy on held-out images, in percent. */
  double accuracy(Arm arm, int epoch) {
    return mean(arm, run -> 100 * run.accuracy(epoch));
  }

  /** Mean of log10 E: the logarithm of the geometric mean of E. */
  double log10Emergence(Arm arm, int epoch) {
    return mean(arm, run -> run.log10Emergence(epoch));
  }

  /** Mean of log10 E~. */
  double log10Relative(Arm arm, int epoch) {
    return mean(arm, run -> run.log10Relative(epoch));
  }

  /** Mean share of active units of a layer, in percent. */
  double active(Arm arm, int epoch, int layer) {
    return mean(arm, run -> 100 * run.reading(epoch).counts().layers().get(layer).share());
  }

  /** Mean of a figure over an arm's seeds. */
  double mean(Arm arm, ToDoubleFunction<Run> value) {
    return result.runs(arm).stream().mapToDouble(value).average().orElseThrow();
  }

  /** In how many seeds a figure of one arm is above that of another. */
  long wins(Arm arm, Arm other, ToDoubleFunction<Run> value) {
    return IntStream.range(0, seeds())
        .filter(
            i ->
                value.applyAsDouble(result.runs(arm).get(i))
                    > value.applyAsDouble(result.runs(other).get(i)))
        .count();
  }

  Run first(Arm arm) {
    return result.runs(arm).get(0);
  }
}
