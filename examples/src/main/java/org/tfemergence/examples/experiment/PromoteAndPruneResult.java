package org.tfemergence.examples.experiment;

import com.google.common.collect.ImmutableList;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.prune.mask.SparsityReport;

/**
 * What came of {@link PromoteAndPrune}.
 *
 * @param spec what was done
 * @param runs a run per arm and seed, arm by arm
 */
public record PromoteAndPruneResult(PromoteAndPruneSpec spec, ImmutableList<Run> runs) {
  /**
   * One training.
   *
   * @param arm what it stands for
   * @param seed of its initial weights and of the order of its examples
   * @param plan what its kernels were initialized with
   * @param epochs its figures, from epoch 0, before training
   * @param history its emergence at the same epochs
   * @param sparsity what its masks kept in the end; without rows if it was not pruned
   */
  public record Run(
      Arm arm,
      long seed,
      InitPlan plan,
      ImmutableList<EpochResult> epochs,
      EmergenceHistory history,
      SparsityReport sparsity) {
    /**
     * Returns the run's name.
     *
     * @return arm and seed, fit for a file name
     */
    public String name() {
      return arm.id() + "-seed-" + seed;
    }

    /**
     * Returns the emergence after an epoch.
     *
     * @param epoch the number of epochs done
     * @return the reading
     */
    public EmergenceReading reading(int epoch) {
      return history.readings().get(epoch);
    }

    /**
     * Returns the decimal logarithm of E after an epoch.
     *
     * @param epoch the number of epochs done
     * @return log10 E; negative infinity when E is zero
     */
    public double log10Emergence(int epoch) {
      return reading(epoch).log10();
    }

    /**
     * Returns the decimal logarithm of E~ after an epoch.
     *
     * @param epoch the number of epochs done
     * @return log10 E~; negative infinity when E is zero
     */
    public double log10Relative(int epoch) {
      return reading(epoch).log10Relative();
    }

    /**
     * Returns the accuracy on the held-out images after an epoch.
     *
     * @param epoch the number of epochs done
     * @return the share of images classified rightly
     */
    public double accuracy(int epoch) {
      return epochs.get(epoch).metrics().get("val_accuracy");
    }
  }

  /**
   * Returns the runs of an arm.
   *
   * @param arm the arm
   * @return a run per seed, in the order of the seeds
   */
  public ImmutableList<Run> runs(Arm arm) {
    return runs.stream().filter(run -> run.arm() == arm).collect(ImmutableList.toImmutableList());
  }
}
