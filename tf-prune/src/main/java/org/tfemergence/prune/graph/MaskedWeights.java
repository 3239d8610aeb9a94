package org.tfemergence.prune.graph;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;

/**
 * Weights and a mask for each: a variable of ones and zeros in its weight's shape and on its
 * device, ones at first.
 */
public final class MaskedWeights {
  private final ImmutableList<Weight> weights;
  private final ImmutableList<Weight> masks;

  private MaskedWeights(ImmutableList<Weight> weights, ImmutableList<Weight> masks) {
    this.weights = weights;
    this.masks = masks;
  }

  /**
   * Adds the masks.
   *
   * @param tf where to add them
   * @param weights the variables to mask, at least one
   * @return both
   * @throws IllegalArgumentException if there is no weight, or one has a mask already
   */
  public static MaskedWeights build(Ops tf, List<Weight> weights) {
    if (weights.isEmpty()) {
      throw new IllegalArgumentException("a pruner must have at least one weight");
    }
    Ops scope = tf.withSubScope("prune");
    return new MaskedWeights(
        ImmutableList.copyOf(weights),
        weights.stream()
            .map(weight -> mask(scope, weight))
            .collect(ImmutableList.toImmutableList()));
  }

  /**
   * Returns the weights.
   *
   * @return the weights, in the order of the masks
   */
  public ImmutableList<Weight> weights() {
    return weights;
  }

  /**
   * Returns the masks.
   *
   * @return a mask per weight
   */
  public ImmutableList<Weight> masks() {
    return masks;
  }

  /**
   * Returns the masks by the weights' names.
   *
   * @return a mask per weight
   */
  public ImmutableMap<String, Weight> byWeight() {
    ImmutableMap.Builder<String, Weight> byWeight = ImmutableMap.builder();
    for (int i = 0; i < weights.size(); i++) {
      byWeight.put(weights.get(i).name(), masks.get(i));
    }
    return byWeight.buildOrThrow();
  }

  private static Weight mask(Ops scope, Weight weight) {
    String name = "mask/" + weight.name();
    requireNew((Graph) scope.scope().env(), name, weight);
    Ops tf = weight.beside(scope);
    VarHandleOp handle =
        tf.withName("mask")
            .varHandleOp(TFloat32.class, weight.shape(), VarHandleOp.sharedName(name));
    Ops init = tf.withInitScope();
    init.assignVariableOp(
        handle, init.fill(init.constant(weight.shape().asArray()), init.constant(1f)));
    return Weight.of(handle);
  }

  /* Variables of one shared name are one variable: two pruners would undo each other's masks. */
  private static void requireNew(Graph graph, String name, Weight weight) {
    graph
        .operations()
        .forEachRemaining(
            operation -> {
              if (operation.type().equals(VarHandleOp.OP_NAME)
                  && Weight.sharedName(operation).equals(name)) {
                throw new IllegalArgumentException(
                    "weight '" + weight.name() + "' has a mask already");
              }
            });
  }
}
