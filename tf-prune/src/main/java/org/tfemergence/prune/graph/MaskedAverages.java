package org.tfemergence.prune.graph;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Readout;
import org.tfemergence.emergence.graph.Weight;

/**
 * The effects of a {@link Pruner} with the moving averages of its weights masked as well. By itself
 * the average of a masked weight would only decay, and never be zero.
 *
 * @param prune as {@link Pruner#prune}, and masks the averages by the masks that it left
 * @param enforce as {@link Pruner#enforce}, and masks the averages
 */
public record MaskedAverages(Readout<ImmutableMap<String, Long>> prune, Operand<TBool> enforce) {
  /** Refuses null. */
  public MaskedAverages {
    Objects.requireNonNull(prune, "prune");
    Objects.requireNonNull(enforce, "enforce");
  }

  /**
   * Adds the operations that follow the effects of a pruner.
   *
   * @param tf where to add them
   * @param pruner what masks the weights
   * @param averages by weights' names, what follows them; those of other weights are left alone.
   *     They must take in the weights after the step's run
   * @return the effects to fetch in place of the pruner's own
   */
  public static MaskedAverages behind(Ops tf, Pruner pruner, Map<String, Weight> averages) {
    List<Op> pruned = masked(tf, pruner, averages, pruner.prune());
    List<Op> enforced = masked(tf, pruner, averages, pruner.enforce());
    return pruned.isEmpty()
        ? new MaskedAverages(pruner.prune(), pruner.enforce())
        : new MaskedAverages(
            pruner.prune().behind(tf.withControlDependencies(pruned)),
            tf.withControlDependencies(enforced).identity(pruner.enforce()));
  }

  private static List<Op> masked(Ops tf, Pruner pruner, Map<String, Weight> averages, Op effect) {
    Ops after = tf.withControlDependencies(effect);
    List<Op> masked = new ArrayList<>();
    for (int i = 0; i < pruner.weights().size(); i++) {
      Weight average = averages.get(pruner.weights().get(i).name());
      if (average != null) {
        Ops near = average.beside(tf);
        Weight mask = pruner.masks().get(i);
        Operand<TFloat32> kept = mask.read(mask.beside(after));
        masked.add(
            average.assign(
                near,
                near.select(
                    near.math.greater(kept, near.constant(0f)),
                    average.read(near),
                    near.constant(0f))));
      }
    }
    return masked;
  }
}
