package org.tfemergence.prune.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfemergence.emergence.graph.Weight;

/**
 * Masks the moving averages of weights as a {@link Pruner} masks the weights. By itself the average
 * of a masked weight would only decay, and never be zero.
 */
public final class MaskedAverages {
  private MaskedAverages() {}

  /**
   * Adds operations that follow an effect of a pruner.
   *
   * @param tf where to add them
   * @param pruner what masks the weights
   * @param averages by weights' names, what follows them; those of other weights are left alone.
   *     They must take in the weights after the step's run
   * @param effect {@link Pruner#prune} or {@link Pruner#enforce}
   * @return the output that, when fetched, has the effect and masks the averages by the masks that
   *     it left; its value is the effect's
   */
  public static Operand<TFloat64> behind(
      Ops tf, Pruner pruner, Map<String, Weight> averages, Operand<TFloat64> effect) {
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
    return masked.isEmpty() ? effect : tf.withControlDependencies(masked).identity(effect);
  }
}
