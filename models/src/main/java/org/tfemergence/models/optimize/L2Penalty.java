package org.tfemergence.models.optimize;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;
import org.tensorflow.op.Ops;

/**
 * The penalty {@code rate / 2 sum w^2} on the loss, added where it is felt: in the gradients.
 *
 * <pre>{@code
 * g <- g + rate w
 * }</pre>
 *
 * <p>The weight decay of gradient descent, as in PyTorch's SGD. With Adam it is another thing than
 * {@link AdamW}'s.
 *
 * @param decay how strongly, and on which weights
 */
public record L2Penalty(WeightDecay decay) implements GradientTransform {
  /** Refuses null. */
  public L2Penalty {
    Objects.requireNonNull(decay, "decay");
  }

  @Override
  public ImmutableList<Gradient> apply(Ops tf, List<Gradient> gradients) {
    return gradients.stream()
        .map(
            gradient ->
                decay.worksOn(gradient.variable())
                    ? gradient.with(
                        tf.math.add(
                            gradient.value(),
                            tf.math.mul(
                                gradient.variable().read(tf), tf.constant((float) decay.rate()))))
                    : gradient)
        .collect(ImmutableList.toImmutableList());
  }
}
