package org.tfemergence.emergence.callback;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterators;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;

/**
 * A second variable for each of a model's, on its device.
 *
 * @param copies the second variables, zero at first
 * @param keep fetching it copies the model's values there
 * @param restore fetching it puts them back
 */
record WeightCopies(ImmutableList<Weight> copies, Operand<TBool> keep, Operand<TBool> restore) {
  /* Throws an IllegalArgumentException if the graph has variables of these names. */
  static WeightCopies build(Ops graph, String name, List<Weight> weights) {
    requireFree(graph, name, weights);
    Ops tf = graph.withSubScope(name);
    List<Op> kept = new ArrayList<>();
    List<Op> restored = new ArrayList<>();
    ImmutableList.Builder<Weight> copies = ImmutableList.builder();
    for (Weight weight : weights) {
      Ops beside = weight.beside(tf);
      Weight copy = copy(beside, name, weight);
      copies.add(copy);
      kept.add(copy.assign(beside, weight.read(beside)));
      restored.add(weight.assign(beside, copy.read(beside)));
    }
    return new WeightCopies(copies.build(), done(tf, kept), done(tf, restored));
  }

  /* Two variables of one shared name are one variable. */
  private static void requireFree(Ops graph, String name, List<Weight> weights) {
    Set<String> taken = new HashSet<>();
    Iterators.filter(((Graph) graph.scope().env()).operations(), GraphOperation.class)
        .forEachRemaining(
            operation -> {
              if (operation.type().equals(VarHandleOp.OP_NAME)) {
                taken.add(Weight.sharedName(operation));
              }
            });
    for (Weight weight : weights) {
      if (taken.contains(name + "/" + weight.name())) {
        throw new IllegalArgumentException(
            "callback '"
                + name
                + "': the graph has a variable '"
                + name
                + "/"
                + weight.name()
                + "' already; give each callback a name of its own");
      }
    }
  }

  private static Weight copy(Ops beside, String name, Weight weight) {
    VarHandleOp handle =
        beside.varHandleOp(
            TFloat32.class, weight.shape(), VarHandleOp.sharedName(name + "/" + weight.name()));
    Ops init = beside.withInitScope();
    init.assignVariableOp(
        handle, init.fill(init.constant(weight.shape().asArray()), init.constant(0f)));
    return Weight.of(handle);
  }

  private static Operand<TBool> done(Ops tf, List<Op> effects) {
    return tf.withControlDependencies(effects).constant(true);
  }
}
