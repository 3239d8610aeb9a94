package org.tfemergence.examples.report;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.tfemergence.examples.experiment.Arm;
import org.tfemergence.examples.experiment.PromoteAndPruneResult;
import org.tfemergence.examples.experiment.PromoteAndPruneResult.Run;

/**
 * What a result says about the papers' claims, in sentences: what was claimed, what was measured,
 * and whether they agree.
 */
public final class Findings {
  /** What to run next, and what it would tell: the questions that one run leaves open. */
  public static final ImmutableMap<String, String> NEXT =
      ImmutableMap.of(
          "./emergence demo --learning-rate 0.05", "Does the gain survive a larger learning rate?",
          "./emergence demo --form constant", "Does the form of the factors matter?",
          "./emergence demo --full", "Does it hold on all 60,000 images?");

  private Findings() {}

  /**
   * A claim and what became of it.
   *
   * @param claim what the paper says
   * @param measured what was measured here
   * @param verdict whether that agrees
   */
  public record Finding(String claim, String measured, Verdict verdict) {}

  /** Whether a measurement agrees with a claim. */
  public enum Verdict {
    /** It does, for every seed. */
    HOLDS("holds"),
    /** It does for some seeds only. */
    MIXED("mixed"),
    /** It does for no seed. */
    FAILS("not here");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    /**
     * Returns the verdict for people.
     *
     * @return a word or two
     */
    public String text() {
      return text;
    }
  }

  /**
   * Compares a result with the papers.
   *
   * @param result the result
   * @return a finding per claim
   */
  public static ImmutableList<Finding> of(PromoteAndPruneResult result) {
    Summary summary = new Summary(result);
    int pruned = summary.pruningEpoch() + 1;
    return ImmutableList.of(
        initialEmergence(summary),
        earlyAccuracy(summary),
        comparedWithUnpruned(
            summary, "Pruning lowers emergence E.", "E", Run::log10Emergence, -1, pruned),
        comparedWithUnpruned(
            summary,
            "Pruning raises relative emergence E~, emergence per parameter.",
            "E~",
            Run::log10Relative,
            1,
            pruned));
  }

  private static Finding initialEmergence(Summary summary) {
    double base = summary.mean(Arm.BASE, run -> run.log10Emergence(0));
    double promoting = summary.mean(Arm.PROMOTING, run -> run.log10Emergence(0));
    long wins = summary.wins(Arm.PROMOTING, Arm.BASE, run -> run.log10Emergence(0));
    return new Finding(
        "Scaling the weights down before the middle and up behind it raises emergence.",
        "Before training E is "
            + Numbers.times(promoting - base)
            + " that of the base initialization ("
            + Numbers.power(base)
            + " to "
            + Numbers.power(promoting)
            + "; higher in "
            + wins
            + " of "
            + summary.seeds()
            + " seeds).",
        verdict(wins, summary.seeds()));
  }

  private static Finding earlyAccuracy(Summary summary) {
    int last = summary.epochs();
    double base = summary.accuracy(Arm.BASE, 1);
    double promoting = summary.accuracy(Arm.PROMOTING, 1);
    double lastGain = summary.accuracy(Arm.PROMOTING, last) - summary.accuracy(Arm.BASE, last);
    long wins = summary.wins(Arm.PROMOTING, Arm.BASE, run -> run.accuracy(1));
    return new Finding(
        "It speeds training: accuracy is higher after the first epoch.",
        "After epoch 1 accuracy is "
            + Numbers.percent(promoting)
            + " against "
            + Numbers.percent(base)
            + " ("
            + Numbers.points(promoting - base)
            + "; higher in "
            + wins
            + " of "
            + summary.seeds()
            + " seeds). After epoch "
            + last
            + " the difference is "
            + Numbers.points(lastGain)
            + ".",
        verdict(wins, summary.seeds()));
  }

  private static Finding comparedWithUnpruned(
      Summary summary, String claim, String name, OfEpoch log10, int sign, int epoch) {
    double ratio =
        summary.mean(Arm.PROMOTING, run -> log10.value(run, epoch))
            - summary.mean(Arm.UNPRUNED, run -> log10.value(run, epoch));
    long wins = summary.wins(Arm.PROMOTING, Arm.UNPRUNED, run -> sign * log10.value(run, epoch));
    return new Finding(
        claim,
        "An epoch after pruning "
            + name
            + " is "
            + Numbers.times(ratio)
            + " that of the same network left unpruned ("
            + (sign < 0 ? "lower" : "higher")
            + " in "
            + wins
            + " of "
            + summary.seeds()
            + " seeds).",
        verdict(wins, summary.seeds()));
  }

  /** A figure of a run after an epoch. */
  private interface OfEpoch {
    double value(Run run, int epoch);
  }

  private static Verdict verdict(long wins, int seeds) {
    if (wins == seeds) {
      return Verdict.HOLDS;
    }
    return wins == 0 ? Verdict.FAILS : Verdict.MIXED;
  }
}
