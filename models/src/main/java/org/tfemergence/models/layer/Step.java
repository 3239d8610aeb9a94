package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
