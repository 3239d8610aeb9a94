package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Tap;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;

/** One trace: the operations between inputs and outputs, forwards, one rule each. */
final class Walk {
  private final Graph graph;
  private final Unknown unknown;
  private final Map<Output<?>, Flow> flows = new HashMap<>();
  private final Parts parts;
  private final ImmutableMap<String, Output<?>> inputs;
  private final Scratch scratch;
  private final ImmutableList.Builder<String> opaque = ImmutableList.builder();

  /**
   * Begins a trace.
   *
   * @param prefix of the traced operations' names, which the layers' names go without
   * @param inputs where the network begins, by name
   */
  Walk(Graph graph, Unknown unknown, String prefix, ImmutableMap<String, Output<?>> inputs) {
    this.graph = graph;
    this.unknown = unknown;
    this.parts = new Parts(prefix);
    this.inputs = inputs;
    this.scratch = new Scratch(graph, inputs.values());
  }

  TracedNetwork trace(ImmutableMap<String, Output<?>> outputs) {
    inputs.forEach((name, input) -> flows.put(input, start(name, input)));
    for (GraphOperation operation : Ancestors.inOrder(outputs.values(), inputs.values())) {
      visit(operation);
    }
    outputs.forEach(this::finish);
    Network network = parts.network();
    ImmutableMap<String, Part> byName = parts.byName();
    ImmutableList<Tap> taps =
        network.layers().stream()
            .map(layer -> tap(layer, byName.get(layer.name())))
            .collect(ImmutableList.toImmutableList());
    return new TracedNetwork(network, taps, parts.kernels(), opaque.build(), inputs, outputs);
  }

  private static Flow start(String name, Output<?> input) {
    Shape shape = input.shape();
    if (shape.isUnknown() || shape.numDimensions() < 1 || shape.tail().hasUnknownDimension()) {
      throw new IllegalArgumentException(
          "input '"
              + name
              + "': dimensions behind the first must be known, got "
              + shape
              + "; give the input's shape");
    }
    return Flow.Carried.of(
        Optional.empty(), ImmutableList.copyOf(Longs.asList(shape.tail().asArray())), input);
  }

  private void visit(GraphOperation operation) {
    Site site = new Site(operation, flows, parts, scratch);
    if (site.incoming().isEmpty() || Site.SHAPES.contains(operation.type())) {
      return;
    }
    try {
      flows.put(operation.output(0), OpRules.of(operation.type()).apply(site));
      if (operation.type().equals("IdentityN")) {
        flows.remove(operation.output(0));
        for (int i = 0; i < operation.numInputs(); i++) {
          Output<?> output = operation.output(i);
          site.flow(i).ifPresent(flow -> flows.put(output, flow));
        }
      }
    } catch (NotUnderstood reason) {
      if (prepares(site)) {
        prepared(site);
      } else {
        notUnderstood(site, reason);
      }
    }
  }

  /*
   * The input is no layer, so whatever is computed from it alone is still the input. Only a layer
   * must not be missed: nothing that could be a kernel may take part.
   */
  private static boolean prepares(Site site) {
    boolean elementwise = ElementwiseRules.knows(site.type());
    for (int i = 0; i < site.operation().numInputs(); i++) {
      Optional<Flow> flow = site.flow(i);
      if (flow.isPresent() && !site.onlyInput(flow.get())) {
        return false;
      }
      if (flow.isEmpty() && Parameters.possible(site.input(i), elementwise ? 99 : 2)) {
        return false;
      }
    }
    return true;
  }

  private void prepared(Site site) {
    for (int i = 0; i < site.operation().numOutputs(); i++) {
      Output<?> output = site.operation().output(i);
      flows.put(
          output,
          Site.example(output)
              .<Flow>map(shape -> Flow.Carried.of(Optional.empty(), shape, output))
              .orElseGet(Flow.Given::new));
    }
  }

  /* All to all: every layer that flows in feeds every unit of every output. */
  private void notUnderstood(Site site, NotUnderstood reason) {
    GraphOperation operation = site.operation();
    String what = operation.type() + " '" + operation.name() + "'";
    if (unknown == Unknown.REFUSE) {
      throw new IllegalArgumentException(
          "operation " + what + " is not understood: " + reason.getMessage());
    }
    opaque.add(what);
    for (int i = 0; i < operation.numOutputs(); i++) {
      Output<?> output = operation.output(i);
      ImmutableList<Long> shape =
          Site.example(output)
              .filter(known -> !known.isEmpty())
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "operation "
                              + what
                              + " cannot be taken as all-to-all: its output's shape is "
                              + output.shape()));
      Part part = parts.wiring(operation.name() + (i == 0 ? "" : ":" + i), shape);
      site.incoming().forEach(flow -> spread(flow, part));
      Optional<Part> root = part.sources().isEmpty() ? Optional.empty() : Optional.of(part);
      flows.put(output, Flow.Carried.of(root, shape, output));
    }
  }

  private void spread(Flow flow, Part part) {
    List<Flow.Carried> sources = new ArrayList<>();
    if (flow instanceof Flow.Carried carried) {
      sources.add(carried);
    } else if (flow instanceof Flow.Statistic statistic) {
      sources.add(statistic.source());
    } else if (flow instanceof Flow.Scores scores) {
      sources.add(scores.query());
      sources.add(scores.key());
    }
    for (Flow.Carried source : sources) {
      if (source.root().isPresent() && !part.sources().containsKey(source.root().get())) {
        parts.feed(source, source.root().get().shape(), part, new Wiring.Dense());
      }
    }
  }

  private void finish(String name, Output<?> output) {
    Flow flow = flows.get(output);
    if (!(flow instanceof Flow.Carried carried) || parts.settle(carried).isEmpty()) {
      throw new IllegalArgumentException(
          "output '" + name + "' is not computed from the inputs by any layer");
    }
  }

  /*
   * The tensor has the layer's units in its order. Where it has them in another shape, such as a
   * width split into heads, a reshape is added.
   */
  private Tap tap(Layer layer, Part part) {
    Output<?> seen = part.activation().orElseThrow().seen();
    Tap tap = new Tap(layer.name(), inShape(layer, seen));
    return part.kernelOutput().isEmpty()
        ? tap
        : tap.withKernelOutput(inShape(layer, part.kernelOutput().get()));
  }

  private Operand<TFloat32> inShape(Layer layer, Output<?> output) {
    Optional<ImmutableList<Long>> shape = Site.example(output);
    if (output.dataType() != DataType.DT_FLOAT) {
      throw new IllegalArgumentException(
          "tap of layer '" + layer.name() + "': expected float32, got " + output.dataType());
    }
    Output<TFloat32> values = output.expect(TFloat32.class);
    if (shape.isPresent() && shape.get().equals(layer.shape())) {
      return values;
    }
    Ops tf = Ops.create(graph);
    int[] target = new int[layer.shape().size() + 1];
    target[0] = -1;
    System.arraycopy(Ints.toArray(layer.shape()), 0, target, 1, target.length - 1);
    return tf.reshape(values, tf.constant(target));
  }
}
