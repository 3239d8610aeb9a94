package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;

/** A layer while it is being found: what feeds it, which parameters it has, where it is read. */
final class Part {
  private final String name;
  private final ImmutableList<Long> shape;
  private final Layer.Role role;
  private final Optional<KernelAccess> kernel;
  private final Map<Part, Wiring> sources = new LinkedHashMap<>();
  private final Set<Parameter> parameters = new LinkedHashSet<>();
  private Optional<Reading> kernelOutput = Optional.empty();
  private Optional<Reading> activation = Optional.empty();

  private Part(
      String name,
      ImmutableList<Long> shape,
      Layer.Role role,
      Set<Parameter> parameters,
      Optional<KernelAccess> kernel) {
    this.name = name;
    this.shape = shape;
    this.role = role;
    this.kernel = kernel;
    this.parameters.addAll(parameters);
  }

  static Part counted(String name, ImmutableList<Long> shape, Kernel kernel) {
    return new Part(
        name,
        shape,
        Layer.Role.COUNTED,
        kernel.learnt().parameters(),
        Optional.of(kernel.access()));
  }

  static Part wiring(String name, ImmutableList<Long> shape) {
    return new Part(name, shape, Layer.Role.WIRING, Set.of(), Optional.empty());
  }

  /** Makes a layer of an operation that is not understood, with what is learnt of its operands. */
  static Part opaque(String name, ImmutableList<Long> shape, Set<Parameter> learnt) {
    KernelAccess hidden = new KernelAccess.Hidden("its operation is not understood");
    return new Part(
        name,
        shape,
        Layer.Role.WIRING,
        learnt,
        learnt.isEmpty() ? Optional.empty() : Optional.of(hidden));
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

  /** Returns how the kernel can be read, if the layer has one. */
  Optional<KernelAccess> kernel() {
    return kernel;
  }

  Map<Part, Wiring> sources() {
    return sources;
  }

  Set<Parameter> parameters() {
    return parameters;
  }

  /** Notes the kernel's output before the first normalization. */
  void normalizedFrom(Reading reading) {
    if (kernelOutput.isEmpty()) {
      kernelOutput = Optional.of(reading);
    }
  }

  Optional<Reading> kernelOutput() {
    return kernelOutput;
  }

  /** Notes where a further layer takes this one; what is furthest along is the activation. */
  void read(Reading reading) {
    if (activation.isEmpty() || reading.steps() > activation.get().steps()) {
      activation = Optional.of(reading);
    }
  }

  Optional<Reading> activation() {
    return activation;
  }
}
