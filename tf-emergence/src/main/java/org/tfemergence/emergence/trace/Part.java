package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Output;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;

/** A layer while it is being found: what feeds it, which parameters it has, where it is read. */
final class Part {
  private final String name;
  private final ImmutableList<Long> shape;
  private final Layer.Role role;
  private final Optional<Parameter> kernel;
  private final boolean kernelInOrder;
  private final Map<Part, Wiring> sources = new LinkedHashMap<>();
  private final Set<Parameter> parameters = new LinkedHashSet<>();
  private Optional<Output<?>> kernelOutput = Optional.empty();
  private Optional<Flow.Carried> activation = Optional.empty();

  private Part(
      String name,
      ImmutableList<Long> shape,
      Layer.Role role,
      Optional<Parameter> kernel,
      boolean kernelInOrder) {
    this.name = name;
    this.shape = shape;
    this.role = role;
    this.kernel = kernel;
    this.kernelInOrder = kernelInOrder;
    kernel.ifPresent(parameters::add);
  }

  static Part counted(
      String name, ImmutableList<Long> shape, Parameter kernel, boolean kernelInOrder) {
    return new Part(name, shape, Layer.Role.COUNTED, Optional.of(kernel), kernelInOrder);
  }

  static Part wiring(String name, ImmutableList<Long> shape) {
    return new Part(name, shape, Layer.Role.WIRING, Optional.empty(), false);
  }

  String name() {
    return name;
  }

  ImmutableList<Long> shape() {
    return shape;
  }

  Layer.Role role() {
    return role;
  }

  boolean counted() {
    return role == Layer.Role.COUNTED;
  }

  /** Returns the kernel, if its values lie in the order in which connections are numbered. */
  Optional<Parameter> kernelInOrder() {
    return kernel.filter(k -> kernelInOrder);
  }

  /**
   * Tells whether a parameter may be one of this layer: constants only beside a constant kernel.
   */
  boolean accepts(Parameter parameter) {
    boolean frozen = kernel.isPresent() && !kernel.get().variable();
    return parameter.variable() || (frozen && parameter.rank() > 0);
  }

  Map<Part, Wiring> sources() {
    return sources;
  }

  Set<Parameter> parameters() {
    return parameters;
  }

  /** Notes the kernel's output before the first normalisation. */
  void normalisedFrom(Output<?> output) {
    if (kernelOutput.isEmpty()) {
      kernelOutput = Optional.of(output);
    }
  }

  Optional<Output<?>> kernelOutput() {
    return kernelOutput;
  }

  /** Notes what a further layer takes from this one; what is furthest along is the activation. */
  void read(Flow.Carried flow) {
    if (activation.isEmpty() || flow.steps() > activation.get().steps()) {
      activation = Optional.of(flow);
    }
  }

  Optional<Flow.Carried> activation() {
    return activation;
  }
}
