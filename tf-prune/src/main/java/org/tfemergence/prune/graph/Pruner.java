package org.tfemergence.prune.graph;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Readout;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.prune.mask.Allocation;
import org.tfemergence.prune.mask.MagnitudeMasks;
import org.tfemergence.prune.mask.SparsityReport;

/**
 * Magnitude masks for the weights of a graph: chosen, kept and enforced on the device. The choice
 * equals that of {@link MagnitudeMasks}, ties included.
 *
 * <p>Masked weights are set to zero in the variables themselves, so the network, its checkpoints
 * and its exports are sparse with no change to the forward pass. After every update {@link
 * #enforce()} sets them to zero again.
 */
public final class Pruner {
  private final ImmutableList<Weight> weights;
  private final ImmutableList<Weight> masks;
  private final Allocation allocation;
  private final Placeholder<TInt32> keep;
  private final Readout<ImmutableMap<String, Long>> prune;
  private final Operand<TBool> enforce;
  private final Readout<SparsityReport> kept;

  private Pruner(
      MaskedWeights masked,
      Allocation allocation,
      Placeholder<TInt32> keep,
      Operand<TFloat64> prune,
      Operand<TBool> enforce,
      Operand<TFloat64> kept) {
    this.weights = masked.weights();
    this.masks = masked.masks();
    this.allocation = allocation;
    this.keep = keep;
    this.prune = Readout.of(prune, this::byWeight);
    this.enforce = enforce;
    this.kept = Readout.of(kept, this::report);
  }

  /**
   * Adds masks, which keep everything at first, and the operations on them.
   *
   * @param tf where to add them
   * @param weights the variables to prune, at least one
   * @param update the operation that updates the weights in a training step
   * @param allocation which weights are ranked together; they must be of less than 2^31 values
   * @return the pruner
   * @throws IllegalArgumentException if there is no weight, some are too large, or one has a mask
   *     already
   */
  public static Pruner build(Ops tf, List<Weight> weights, Op update, Allocation allocation) {
    requireRankable(weights, allocation);
    return build(tf, MaskedWeights.build(tf, weights), update, allocation);
  }

  /**
   * Adds the operations on masks that are there already, as where gradients are to know of them
   * before the update is built.
   *
   * @param tf where to add them
   * @param masked the variables to prune, and their masks
   * @param update the operation that updates the weights in a training step
   * @param allocation which weights are ranked together; they must be of less than 2^31 values
   * @return the pruner
   * @throws IllegalArgumentException if some weights are too large
   */
  public static Pruner build(Ops tf, MaskedWeights masked, Op update, Allocation allocation) {
    requireRankable(masked.weights(), allocation);
    Ops scope = tf.withSubScope("prune");
    Placeholder<TInt32> keep =
        scope
            .withName("keep")
            .placeholder(
                TInt32.class,
                Placeholder.shape(Shape.of(allocation.groups(masked.weights().size()).size())));
    List<Operand<TFloat32>> before =
        masked.masks().stream().map(mask -> mask.read(mask.beside(scope))).toList();
    return new Pruner(
        masked,
        allocation,
        keep,
        pruneOps(scope, masked, before, allocation, keep, update),
        enforceOps(scope, masked.weights(), before, update),
        keptOps(scope, masked.masks()));
  }

  /**
   * Returns the output that, when fetched, chooses new masks from the weights as the step's update
   * leaves them, and applies them. {@link #keep()} must be fed.
   *
   * <p>If any weight is not finite, masks and weights stay as they are.
   *
   * @return by weights' names the number of values that are not finite
   */
  public Readout<ImmutableMap<String, Long>> prune() {
    return prune;
  }

  /**
   * Returns the placeholder for how many values to keep of each group of weights that are ranked
   * together.
   *
   * @return a vector with an element per group of the allocation, each from 1 to the group's size
   */
  public Operand<TInt32> keep() {
    return keep;
  }

  /**
   * Returns what {@link #keep()} is fed to mask a share of the weights.
   *
   * @param sparsity the share to mask, in [0, 1)
   * @return how many values to keep of each group
   * @throws IllegalArgumentException if the sparsity is out of range
   */
  public int[] keep(double sparsity) {
    return allocation.kept(weights.stream().map(Weight::size).toList(), sparsity);
  }

  /**
   * Returns the output that, when fetched, sets masked weights to zero again after the step's
   * update.
   *
   * @return true, once it is done
   */
  public Operand<TBool> enforce() {
    return enforce;
  }

  /**
   * Returns the output that counts what the masks keep.
   *
   * @return a row per weight
   */
  public Readout<SparsityReport> kept() {
    return kept;
  }

  /**
   * Returns the weights that are pruned.
   *
   * @return the weights, in the order of all vectors here
   */
  public ImmutableList<Weight> weights() {
    return weights;
  }

  /**
   * Returns the masks' variables, ones and zeros in their weights' shapes; they belong in
   * checkpoints, not in exports.
   *
   * @return a mask per weight
   */
  public ImmutableList<Weight> masks() {
    return masks;
  }

  private SparsityReport report(double[] counts) {
    ImmutableList.Builder<SparsityReport.Row> rows = ImmutableList.builder();
    for (int i = 0; i < weights.size(); i++) {
      Weight weight = weights.get(i);
      rows.add(new SparsityReport.Row(weight.name(), weight.size(), (long) counts[i]));
    }
    return new SparsityReport(rows.build());
  }

  private ImmutableMap<String, Long> byWeight(double[] counts) {
    ImmutableMap.Builder<String, Long> byWeight = ImmutableMap.builder();
    for (int i = 0; i < weights.size(); i++) {
      byWeight.put(weights.get(i).name(), (long) counts[i]);
    }
    return byWeight.buildOrThrow();
  }

  private static void requireRankable(List<Weight> weights, Allocation allocation) {
    allocation.groups(weights.size()).forEach(group -> requireRankable(weights, group));
  }

  private static void requireRankable(List<Weight> weights, List<Integer> group) {
    long size = group.stream().mapToLong(i -> weights.get(i).size()).sum();
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "weights that are ranked together must have less than 2^31 values, got "
              + size
              + " in "
              + group.stream().map(i -> "'" + weights.get(i).name() + "'").toList());
    }
  }

  private static Operand<TFloat64> pruneOps(
      Ops tf,
      MaskedWeights masked,
      List<Operand<TFloat32>> masksBefore,
      Allocation allocation,
      Operand<TInt32> keep,
      Op update) {
    ImmutableList<Weight> weights = masked.weights();
    Ops after = tf.withControlDependencies(update);
    List<Operand<TFloat32>> values = new ArrayList<>();
    List<Operand<TFloat64>> nonFinite = new ArrayList<>();
    for (Weight weight : weights) {
      Ops near = weight.beside(tf);
      Operand<TFloat32> value = weight.read(weight.beside(after));
      values.add(value);
      nonFinite.add(
          GreatestMagnitudes.count(near, near.math.logicalNot(near.math.isFinite(value))));
    }
    Operand<TFloat64> counts = tf.stack(nonFinite);
    Operand<TBool> allFinite =
        tf.math.equal(tf.reduceSum(counts, tf.constant(0)), tf.constant(0.0));
    List<Op> assigned = new ArrayList<>();
    ImmutableList<ImmutableList<Integer>> groups = allocation.groups(weights.size());
    for (int g = 0; g < groups.size(); g++) {
      List<Integer> group = groups.get(g);
      List<Operand<TFloat32>> chosen =
          GreatestMagnitudes.masks(
              tf,
              group.stream().map(weights::get).toList(),
              group.stream().map(values::get).toList(),
              group.stream().map(masksBefore::get).toList(),
              element(weights.get(group.get(0)).beside(tf), keep, g));
      for (int i = 0; i < group.size(); i++) {
        int tensor = group.get(i);
        Ops near = weights.get(tensor).beside(tf);
        Operand<TFloat32> mask = near.select(allFinite, chosen.get(i), masksBefore.get(tensor));
        assigned.add(masked.masks().get(tensor).assign(near, mask));
        assigned.add(weights.get(tensor).assign(near, masked(near, values.get(tensor), mask)));
      }
    }
    return tf.withControlDependencies(assigned).identity(counts);
  }

  private static Operand<TInt32> element(Ops tf, Operand<TInt32> vector, int index) {
    return tf.reshape(
        tf.slice(vector, tf.constant(new int[] {index}), tf.constant(new int[] {1})),
        tf.constant(new int[0]));
  }

  private static Operand<TBool> enforceOps(
      Ops tf, List<Weight> weights, List<Operand<TFloat32>> masks, Op update) {
    Ops after = tf.withControlDependencies(update);
    List<Op> assigned = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      Weight weight = weights.get(i);
      Operand<TFloat32> value = weight.read(weight.beside(after));
      assigned.add(
          weight.assign(weight.beside(tf), masked(weight.beside(tf), value, masks.get(i))));
    }
    return tf.withControlDependencies(assigned).constant(true);
  }

  private static Operand<TFloat64> keptOps(Ops tf, List<Weight> masks) {
    List<Operand<TFloat64>> counts = new ArrayList<>();
    for (Weight mask : masks) {
      Ops near = mask.beside(tf);
      counts.add(
          GreatestMagnitudes.count(near, near.math.greater(mask.read(near), near.constant(0f))));
    }
    return tf.stack(counts);
  }

  /* Chosen, not multiplied: a product would leave -0, and NaN where a masked value is infinite. */
  private static Operand<TFloat32> masked(Ops tf, Operand<TFloat32> value, Operand<TFloat32> mask) {
    return tf.select(tf.math.greater(mask, tf.constant(0f)), value, tf.constant(0f));
  }
}
