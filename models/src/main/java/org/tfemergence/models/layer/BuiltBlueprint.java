package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.models.layer.Blueprint.Node;

/** A blueprint with variables: calls its layers one after the other. */
record BuiltBlueprint(
    ImmutableList<InputSpec> inputs,
    ImmutableList<Step> steps,
    Node output,
    Network network,
    ImmutableList<LayerSpec.Built> layers)
    implements Model.Built {

  @Override
  public Model.Head call(Pass pass, List<Value> values) {
    if (values.size() != inputs.size()) {
      throw new IllegalArgumentException(
          "the model takes " + inputs.size() + " inputs, got " + values.size());
    }
    for (int i = 0; i < inputs.size(); i++) {
      inputs.get(i).require(values.get(i).tensor());
    }
    List<Value> outputs = new ArrayList<>();
    Map<String, Tap> taps = new HashMap<>();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      Pass within = pass.within(step.spec().name());
      LayerSpec.Called called =
          layers
              .get(i)
              .call(
                  within,
                  step.from().stream()
                      .map(
                          node ->
                              node.index() < 0
                                  ? values.get(-1 - node.index())
                                  : outputs.get(node.index()))
                      .toList());
      outputs.add(called.output());
      Layer layer = step.spec().layer(step.shapes());
      if (layer.counted()) {
        taps.put(layer.name(), tap(within.tf(), step, called));
      }
    }
    return new Model.Head(
        outputs.get(output.index()).floats(),
        network.layers().stream()
            .map(layer -> taps.get(layer.name()))
            .collect(ImmutableList.toImmutableList()));
  }

  /* Backwards, what is needed; then forwards, in the order of the plan, what is not known. */
  @Override
  public Value compute(Pass pass, Map<String, Value> known, String layer) {
    int last = indexOf(layer);
    BitSet needed = new BitSet();
    needed.set(last);
    for (int i = last; i >= 0; i--) {
      if (needed.get(i) && !known.containsKey(name(i))) {
        for (Node node : steps.get(i).from()) {
          if (node.index() >= 0) {
            needed.set(node.index());
          } else if (!known.containsKey(name(node.index()))) {
            throw new IllegalArgumentException(
                "layer '" + layer + "' needs input '" + name(node.index()) + "'");
          }
        }
      }
    }
    for (int i = needed.nextSetBit(0); i >= 0; i = needed.nextSetBit(i + 1)) {
      if (!known.containsKey(name(i))) {
        List<Value> from =
            steps.get(i).from().stream().map(node -> known.get(name(node.index()))).toList();
        known.put(name(i), layers.get(i).call(pass.within(name(i)), from).output());
      }
    }
    return known.get(layer);
  }

  private int indexOf(String layer) {
    for (int i = 0; i < steps.size(); i++) {
      if (name(i).equals(layer)) {
        return i;
      }
    }
    throw new IllegalArgumentException("there is no layer '" + layer + "'");
  }

  private String name(int node) {
    return node < 0 ? inputs.get(-1 - node).name() : steps.get(node).spec().name();
  }

  @Override
  public ImmutableMap<String, Weight> kernels() {
    ImmutableMap.Builder<String, Weight> kernels = ImmutableMap.builder();
    for (int i = 0; i < steps.size(); i++) {
      String name = steps.get(i).spec().name();
      layers.get(i).connections().ifPresent(weights -> kernels.put(name, weights));
    }
    return kernels.buildOrThrow();
  }

  private static Tap tap(Ops tf, Step step, LayerSpec.Called called) {
    Shape shape = step.node().shape();
    Optional<Operand<TBool>> real = called.output().real();
    if (real.isEmpty() && shape.numDimensions() == 2 && !isWhole(called.output().floats(), shape)) {
      real = Optional.of(allReal(tf, called.output().floats()));
    }
    Tap tap = new Tap(step.spec().name(), whole(tf, called.output().floats(), shape));
    if (called.kernelOutput().isPresent()) {
      tap = tap.withKernelOutput(whole(tf, called.kernelOutput().get(), shape));
    }
    return real.isPresent() ? tap.masked(wholeMask(tf, real.get(), shape)) : tap;
  }

  /*
   * A batch of sequences may have fewer positions than the layer: those it lacks are padding. The
   * operations run only when something samples the layer.
   */
  private static Operand<TFloat32> whole(Ops tf, Operand<TFloat32> values, Shape shape) {
    if (isWhole(values, shape)) {
      return values;
    }
    Operand<TInt32> missing = missing(tf, values, shape);
    Operand<TFloat32> padded =
        tf.pad(values, paddings(tf, missing, shape.numDimensions() + 1), tf.constant(0f));
    return tf.reshape(padded, tf.constant(Shape.of(-1).append(shape).asArray()));
  }

  private static boolean isWhole(Operand<TFloat32> values, Shape shape) {
    return values.asOutput().shape().tail().equals(shape);
  }

  /* Those positions that are there, [batch, positions], of a sequence that knows no padding. */
  private static Operand<TBool> allReal(Ops tf, Operand<TFloat32> values) {
    Operand<TInt32> places =
        tf.slice(tf.shape(values), tf.constant(new int[] {0}), tf.constant(new int[] {2}));
    return tf.fill(places, tf.constant(true));
  }

  private static Operand<TBool> wholeMask(Ops tf, Operand<TBool> real, Shape shape) {
    Operand<TInt32> missing = missing(tf, real, shape);
    Operand<TBool> padded = tf.pad(real, paddings(tf, missing, 2), tf.constant(false));
    return tf.reshape(padded, tf.constant(new long[] {-1, shape.get(0)}));
  }

  private static Operand<TInt32> missing(Ops tf, Operand<?> values, Shape shape) {
    Operand<TInt32> positions = tf.gather(tf.shape(values), tf.constant(1), tf.constant(0));
    return tf.math.sub(tf.constant(Math.toIntExact(shape.get(0))), positions);
  }

  /* [rank, 2]: as many positions as are missing go behind those there are. */
  private static Operand<TInt32> paddings(Ops tf, Operand<TInt32> missing, int rank) {
    int[][] one = new int[rank][2];
    one[1][1] = 1;
    return tf.math.mul(tf.constant(one), missing);
  }
}
