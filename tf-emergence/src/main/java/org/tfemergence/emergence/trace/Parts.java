package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.graph.ElementOrder;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wires;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.network.Wiring.OneToOne;

/** The layers found so far. */
final class Parts {
  private record View(Part part, ImmutableList<Long> shape) {}

  private record Normalized(Optional<Part> part, ImmutableSet<Parameter> gains) {}

  private final String prefix;
  private final List<Part> all = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private final Map<View, Part> views = new HashMap<>();
  private final Map<Normalized, Part> normalizations = new HashMap<>();
  private final Uncounted uncounted = new Uncounted();

  Parts(String prefix) {
    this.prefix = prefix;
  }

  /** Adds a layer that counts, named after its kernel's variable, or after the operation. */
  Part counted(Site site, ImmutableList<Long> shape, Kernel kernel) {
    Parameter first = kernel.first();
    boolean named = first.variable() || !first.layer().equals(first.name());
    uncounted.note(kernel.learnt());
    return add(Part.counted(unique(named ? first.layer() : site.name()), shape, kernel));
  }

  /** Adds a layer that stands for an operation that is not understood. */
  Part opaque(String name, ImmutableList<Long> shape, Set<Parameter> learnt) {
    return add(Part.opaque(unique(name), shape, learnt));
  }

  /** Adds a layer that hands paths on. */
  Part wiring(String name, ImmutableList<Long> shape) {
    return add(Part.wiring(unique(name), shape));
  }

  /**
   * Wires a layer into another.
   *
   * @param from what flows; nothing is wired if it is still the network's input
   * @param shape in which the wiring wants the layer to stand
   * @throws IllegalArgumentException if the layers' shapes do not suit the wiring
   */
  void feed(Flow.Carried from, ImmutableList<Long> shape, Part to, Wiring wiring) {
    Optional<Part> settled = settle(from);
    if (settled.isEmpty()) {
      return;
    }
    Part source = settled.get();
    if (!source.shape().equals(shape)) {
      source = views.computeIfAbsent(new View(source, shape), this::view);
    }
    if (to.sources().containsKey(source)) {
      // Two edges between the same two layers: the second goes through a layer of its own.
      source = view(new View(source, shape));
    }
    new Wires(Layer.wiring(source.name(), source.shape()), layer(to, 0), wiring);
    to.sources().put(source, wiring);
  }

  /** Returns the layer that something flows from, behind its normalizations, and notes its tap. */
  Optional<Part> settle(Flow.Carried from) {
    from.root().ifPresent(root -> root.read(from.reading()));
    if (from.gains().isEmpty()) {
      return from.root();
    }
    return Optional.of(
        normalizations.computeIfAbsent(
            new Normalized(from.root(), from.gains()), n -> normalization(n, from)));
  }

  /**
   * Returns how many layers there are, which tells a later {@link #forgetBehind} where to begin.
   */
  int count() {
    return all.size();
  }

  /** Forgets the layers that were added behind some number of them, since an operation failed. */
  void forgetBehind(int count) {
    Set<Part> forgotten = new HashSet<>(all.subList(count, all.size()));
    all.removeAll(forgotten);
    forgotten.forEach(part -> names.remove(part.name()));
    views.values().removeAll(forgotten);
    normalizations.values().removeAll(forgotten);
  }

  /** Forgets the layers that do not lead to any of some. */
  void keepBefore(Set<Part> last) {
    Set<Part> kept = new HashSet<>();
    Deque<Part> waiting = new ArrayDeque<>(last);
    while (!waiting.isEmpty()) {
      Part part = waiting.remove();
      if (kept.add(part)) {
        waiting.addAll(part.sources().keySet());
      }
    }
    all.retainAll(kept);
  }

  /** Returns what is learnt and counts in no layer. */
  Uncounted uncounted() {
    return uncounted;
  }

  ImmutableList<Part> all() {
    return ImmutableList.copyOf(all);
  }

  Network network() {
    MutableValueGraph<Layer, Wiring> graph =
        ValueGraphBuilder.directed().nodeOrder(ElementOrder.insertion()).build();
    Map<Part, Layer> layers = new HashMap<>();
    Set<Parameter> counted = new HashSet<>();
    for (Part part : all) {
      long parameters = 0;
      for (Parameter parameter : part.parameters()) {
        // A shared parameter is counted once, where it is met first.
        parameters += counted.add(parameter) ? parameter.size() : 0;
      }
      layers.put(part, layer(part, parameters));
      graph.addNode(layers.get(part));
    }
    for (Part part : all) {
      part.sources()
          .forEach(
              (source, wiring) -> graph.putEdgeValue(layers.get(source), layers.get(part), wiring));
    }
    return Network.of(graph);
  }

  private static Layer layer(Part part, long parameters) {
    return new Layer(part.name(), part.shape(), parameters, part.role());
  }

  private Part view(View view) {
    Part part = wiring(view.part().name() + "/view", view.shape());
    part.sources().put(view.part(), new OneToOne(0));
    return part;
  }

  private Part normalization(Normalized normalized, Flow.Carried from) {
    String name = normalized.gains().iterator().next().layer();
    Part part = wiring(name, from.root().map(Part::shape).orElse(from.shape()));
    part.parameters().addAll(normalized.gains());
    normalized.part().ifPresent(source -> part.sources().put(source, new OneToOne(0)));
    return part;
  }

  private Part add(Part part) {
    all.add(part);
    return part;
  }

  /* No variable and no operation has a name with this sign. */
  private String unique(String name) {
    String plain = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    String candidate = plain;
    for (int i = 2; !names.add(candidate); i++) {
      candidate = plain + "#" + i;
    }
    return candidate;
  }
}
