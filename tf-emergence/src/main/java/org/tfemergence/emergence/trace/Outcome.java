package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;

/** What a walk has found, as its caller gets it. */
final class Outcome {
  private Outcome() {}

  /**
   * Makes the network of the parts, and taps of its layers.
   *
   * @param opaque the operations that were taken as all-to-all
   * @param ends where the walk began and ended
   */
  static TracedNetwork of(Graph graph, Parts parts, ImmutableList<String> opaque, Walk.Ends ends) {
    Network network = parts.network();
    ImmutableMap.Builder<String, Weight> kernels = ImmutableMap.builder();
    ImmutableMap.Builder<String, String> hidden = ImmutableMap.builder();
    Set<Parameter> counted = new HashSet<>();
    for (Part part : parts.all()) {
      counted.addAll(part.parameters());
      KernelAccess access = part.kernel().orElse(null);
      if (access instanceof KernelAccess.Visible visible) {
        kernels.put(part.name(), visible.weight());
      } else if (access instanceof KernelAccess.Hidden reason) {
        hidden.put(part.name(), reason.reason());
      }
    }
    return new TracedNetwork(
        network,
        taps(graph, parts, network),
        kernels.buildOrThrow(),
        hidden.buildOrThrow(),
        parts.uncounted().reasons(counted),
        opaque,
        ends.inputs(),
        ends.outputs());
  }

  private static ImmutableList<Tap> taps(Graph graph, Parts parts, Network network) {
    Map<String, Part> byName = new HashMap<>();
    parts.all().forEach(part -> byName.put(part.name(), part));
    // Nothing is added to the graph before all is known to be well.
    network.layers().forEach(layer -> reading(byName.get(layer.name())).requireNumbers(layer));
    return network.layers().stream()
        .map(layer -> tap(graph, layer, byName.get(layer.name())))
        .collect(ImmutableList.toImmutableList());
  }

  private static Tap tap(Graph graph, Layer layer, Part part) {
    Tap tap = new Tap(layer.name(), reading(part).of(graph, layer));
    return part.kernelOutput()
        .filter(before -> reading(part).stage() != Reading.Stage.KERNEL)
        .map(before -> tap.withKernelOutput(before.of(graph, layer)))
        .orElse(tap);
  }

  private static Reading reading(Part part) {
    return part.activation().orElseThrow();
  }
}
