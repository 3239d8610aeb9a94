package org.tfemergence.examples.experiment;

import com.google.common.collect.ImmutableList;
import java.util.Objects;
import org.tfemergence.emergence.activity.ActivityRule;
import org.tfemergence.init.plan.DepthProfile;
import org.tfemergence.prune.mask.Sparsity;

/**
 * What {@link PromoteAndPrune} is to do.
 *
 * @param hidden the widths of the perceptron's hidden layers
 * @param profile the emergence-promoting factors; the base initializer is Kaiming normal
 * @param rule when a unit counts as active
 * @param epochs the number of epochs, at least 2
 * @param batchSize the number of images of a training step
 * @param learningRate of plain gradient descent, positive
 * @param sparsity the share of each kernel that is pruned half way, in [0, 1)
 * @param seeds a training of each arm per seed, at least one
 */
public record PromoteAndPruneSpec(
    ImmutableList<Integer> hidden,
    DepthProfile profile,
    ActivityRule rule,
    int epochs,
    int batchSize,
    double learningRate,
    double sparsity,
    ImmutableList<Long> seeds) {
  /**
   * Creates a specification.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public PromoteAndPruneSpec {
    Objects.requireNonNull(hidden, "hidden");
    Objects.requireNonNull(seeds, "seeds");
    Objects.requireNonNull(profile, "profile");
    Objects.requireNonNull(rule, "rule");
    if (epochs < 2) {
      throw new IllegalArgumentException(
          "epochs must be at least 2, to prune between them, got " + epochs);
    }
    if (!(learningRate > 0 && Double.isFinite(learningRate))) {
      throw new IllegalArgumentException(
          "learning rate must be finite and positive, got " + learningRate);
    }
    Sparsity.check(sparsity);
    if (seeds.isEmpty()) {
      throw new IllegalArgumentException("there must be at least one seed");
    }
  }

  /**
   * Returns the number of epochs before pruning.
   *
   * @return half of the epochs
   */
  public int epochsBeforePruning() {
    return epochs / 2;
  }
}
