package org.tfemergence.models.fit;

import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.objective.Objective;

/**
 * What a training pass is of.
 *
 * @param model the model's description
 * @param scheme how its kernels are initialized
 * @param objective what it is to learn
 * @param seed of what is random in the pass
 * @param precision in which numbers its session computes
 */
record Learner(
    Model model, InitScheme scheme, Objective objective, long seed, Precision precision) {
  /** Returns a pass as it is computed in these numbers. */
  Pass computed(Pass pass) {
    return precision == Precision.BFLOAT16 ? pass.inBfloat16() : pass;
  }
}
