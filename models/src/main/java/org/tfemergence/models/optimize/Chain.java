package org.tfemergence.models.optimize;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tensorflow.op.Ops;

/**
 * Transforms one after the other.
 *
 * @param parts the transforms, the first to be done first
 */
record Chain(ImmutableList<GradientTransform> parts) implements GradientTransform {
  static final Chain EMPTY = new Chain(ImmutableList.of());

  @Override
  public ImmutableList<Gradient> apply(Ops tf, List<Gradient> gradients) {
    ImmutableList<Gradient> changed = ImmutableList.copyOf(gradients);
    for (GradientTransform part : parts) {
      changed = part.apply(tf, changed);
    }
    return changed;
  }
}
