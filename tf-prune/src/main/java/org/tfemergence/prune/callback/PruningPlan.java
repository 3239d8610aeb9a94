package org.tfemergence.prune.callback;

import java.util.Objects;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.prune.mask.Allocation;
import org.tfemergence.prune.mask.Sparsity;

/**
 * When a network is pruned, how much, and what of it.
 *
 * <p>Masks are chosen anew after the steps {@code begin, begin + every, begin + 2 every, ...} at
 * which the scheduled sparsity is another than before, and stay as they are between them: choosing
 * looks at every weight, which is dear when done at each step.
 *
 * @param sparsity the share to mask after a step, in [0, 1)
 * @param begin the first step to prune after, at least 1
 * @param every how many steps masks are kept at least, at least 1
 * @param kernels what is pruned
 * @param allocation how the sparsity is shared out among the kernels
 */
public record PruningPlan(
    Schedule sparsity, long begin, long every, KernelChoice kernels, Allocation allocation) {
  /**
   * Creates a plan.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public PruningPlan {
    Objects.requireNonNull(sparsity, "sparsity");
    Objects.requireNonNull(kernels, "kernels");
    Objects.requireNonNull(allocation, "allocation");
    requirePositive("begin", begin);
    requirePositive("every", every);
  }

  /**
   * Plans to prune each kernel once.
   *
   * @param step the training step to prune after, at least 1
   * @param sparsity the share of each kernel to mask, in [0, 1)
   * @return the plan
   * @throws IllegalArgumentException if an argument is out of its range
   */
  public static PruningPlan oneShot(long step, double sparsity) {
    requirePositive("step", step);
    return following(Schedule.constant(Sparsity.check(sparsity)), step, 1);
  }

  /**
   * Plans to prune each kernel little by little (Zhu and Gupta, arXiv 1710.01878, equation 1, from
   * sparsity 0).
   *
   * <pre>{@code
   * sparsity(t) = s - s (1 - (t - begin) / (times every))^3,  t = begin, begin + every, ...
   * }</pre>
   *
   * In their experience it makes hardly a difference whether masks are chosen anew every 100 or
   * every 1,000 steps.
   *
   * @param begin the step at which the rise begins, at least 1
   * @param every how many steps lie between two masks, at least 1
   * @param times how many masks it takes, at least 1
   * @param sparsity s, the share of each kernel that is masked in the end, in [0, 1)
   * @return the plan
   * @throws IllegalArgumentException if an argument is out of its range
   */
  public static PruningPlan gradual(long begin, long every, long times, double sparsity) {
    requirePositive("every", every);
    requirePositive("times", times);
    Schedule rise =
        Schedule.polynomial(0, Sparsity.check(sparsity), Math.multiplyExact(times, every), 3);
    return following(step -> rise.at(step - begin), begin, every);
  }

  /**
   * Plans to prune each kernel by a schedule.
   *
   * @param sparsity the share of each kernel to mask after a step, in [0, 1)
   * @param begin the first step to prune after, at least 1
   * @param every how many steps masks are kept at least, at least 1
   * @return the plan
   * @throws IllegalArgumentException if a number is out of its range
   */
  public static PruningPlan following(Schedule sparsity, long begin, long every) {
    return new PruningPlan(sparsity, begin, every, KernelChoice.all(), Allocation.PER_TENSOR);
  }

  /**
   * Returns this plan for other variables.
   *
   * @param choice what is pruned
   * @return the plan
   */
  public PruningPlan withKernels(KernelChoice choice) {
    return new PruningPlan(sparsity, begin, every, choice, allocation);
  }

  /**
   * Returns this plan with the sparsity shared out otherwise.
   *
   * @param other which kernels are ranked together
   * @return the plan
   */
  public PruningPlan withAllocation(Allocation other) {
    return new PruningPlan(sparsity, begin, every, kernels, other);
  }

  /**
   * Returns the sparsity in force after a step.
   *
   * @param step the step's number, from 0
   * @return the share that is masked, 0 before {@code begin}
   * @throws IllegalArgumentException if the schedule's value is not in [0, 1)
   */
  public double after(long step) {
    if (step < begin) {
      return 0;
    }
    long chosen = step - (step - begin) % every;
    double value = sparsity.at(chosen);
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          "sparsity must be in [0, 1), got " + value + " at step " + chosen);
    }
    return value;
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, got " + value);
    }
  }
}
