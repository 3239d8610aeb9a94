package org.tfemergence.models.optimize;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.Objects;
import org.tfemergence.models.variable.Variable;

/**
 * How strongly weights are drawn to zero, and which.
 *
 * @param rate the strength, finite and not negative
 * @param roles the groups of parameters it works on; trainable ones
 */
public record WeightDecay(double rate, ImmutableSet<Variable.Role> roles) {
  /**
   * Creates a weight decay.
   *
   * @throws IllegalArgumentException if the rate is negative or not finite, or a role is not
   *     trainable
   */
  public WeightDecay {
    Objects.requireNonNull(roles, "roles");
    if (!(rate >= 0 && Double.isFinite(rate))) {
      throw new IllegalArgumentException(
          "weight decay must be finite and not negative, got " + rate);
    }
    for (Variable.Role role :
        Sets.intersection(roles, ImmutableSet.of(Variable.Role.STATISTIC, Variable.Role.STATE))) {
      throw new IllegalArgumentException("weight decay must work on trainable roles, got " + role);
    }
  }

  /**
   * Returns the decay of kernels and embeddings; biases and normalizations are left alone.
   *
   * @param rate the strength
   * @return the decay
   */
  public static WeightDecay of(double rate) {
    return new WeightDecay(rate, ImmutableSet.of(Variable.Role.KERNEL, Variable.Role.EMBEDDING));
  }

  /**
   * Tells whether a variable decays.
   *
   * @param variable the variable
   * @return whether its role is among the groups, and the rate is not zero
   */
  boolean worksOn(Variable variable) {
    return rate > 0 && roles.contains(variable.role());
  }
}
