package org.tfemergence.init.initializer;

import java.util.Objects;
import org.tfemergence.init.plan.DepthProfile;

/**
 * The emergence-promoting initialization of arXiv 2407.19044: a common initializer whose weights
 * are scaled down in the layers before the middle of the network and up in those behind it. Biases
 * and normalization parameters are not touched.
 *
 * @param base what draws the values, such as {@link Kaiming} or {@link Xavier}
 * @param profile the factors along the depth; {@link DepthProfile#geometric} is the paper's form
 */
public record EmergencePromoting(KernelInitializer base, DepthProfile profile)
    implements InitScheme {
  /** Refuses null. */
  public EmergencePromoting {
    Objects.requireNonNull(base, "base");
    Objects.requireNonNull(profile, "profile");
  }
}
