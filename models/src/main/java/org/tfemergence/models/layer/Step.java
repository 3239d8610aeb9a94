package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.plan.Kernel;

/** A layer in its place of a {@link Blueprint}: its node, and the nodes that feed it. */
record Step(LayerSpec spec, Blueprint.Node node, ImmutableList<Blueprint.Node> from) {
  List<Shape> shapes() {
    return from.stream().map(Blueprint.Node::shape).toList();
  }

  /** The kernel that an initialization scheme draws, with its rank. */
  Optional<Kernel> kernel() {
    return spec.kernel(shapes())
        .map(
            shape ->
                Kernel.of(spec.name() + "/kernel", node.depth(), shape.asArray())
                    .withGain(spec.gain()));
  }

  /** Refuses inputs of another type, or of greater ids, than the layer takes. */
  void requireTaken(List<Step> before, List<InputSpec> inputs) {
    for (int i = 0; i < from.size(); i++) {
      int index = from.get(i).index();
      if (index < 0) {
        inputs.get(-1 - index).requireTakenBy(spec, i);
      } else {
        Require.that(
            spec.idsBelow(i).isEmpty(),
            spec.name(),
            "ids must come from an input",
            "layer '" + before.get(index).spec.name() + "'");
      }
    }
  }

  /**
   * Refuses inputs and layers that do not lead to the output; layers are behind what feeds them.
   */
  static void requireAllLeadTo(Blueprint.Node output, List<Step> steps, List<InputSpec> inputs) {
    Set<Integer> needed = new HashSet<>(Set.of(output.index()));
    Set<String> idle = new TreeSet<>();
    for (int i = steps.size() - 1; i >= 0; i--) {
      if (needed.contains(i)) {
        steps.get(i).from.forEach(node -> needed.add(node.index()));
      } else {
        idle.add(steps.get(i).spec.name());
      }
    }
    for (int i = 0; i < inputs.size(); i++) {
      if (!needed.contains(-1 - i)) {
        idle.add(inputs.get(i).name());
      }
    }
    if (!idle.isEmpty()) {
      throw new IllegalArgumentException("nothing leads to the output from " + idle);
    }
  }

  /** Makes a network of all steps; refuses layers that do not suit each other. */
  static Network network(List<Step> steps) {
    MutableValueGraph<Layer, Wiring> graph =
        ValueGraphBuilder.directed().allowsSelfLoops(false).build();
    List<Layer> layers = new ArrayList<>();
    for (Step step : steps) {
      Layer layer = step.spec.layer(step.shapes());
      layers.add(layer);
      graph.addNode(layer);
      for (int i = 0; i < step.from.size(); i++) {
        Optional<Wiring> wiring = step.spec.wiring(i, step.shapes());
        int source = step.from.get(i).index();
        if (wiring.isPresent() && source >= 0) {
          graph.putEdgeValue(layers.get(source), layer, wiring.get());
        }
      }
    }
    return Network.of(graph);
  }
}
