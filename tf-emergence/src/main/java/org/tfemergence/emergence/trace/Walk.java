package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Wiring;

/** One trace: the operations between inputs and outputs, forwards, one rule each. */
final class Walk {
  private final Graph graph;
  private final Unknown unknown;
  private final Ends ends;
  private final Region region;
  private final Parameters parameters;
  private final Scratch scratch;
  private final Parts parts;
  private final Map<Output<?>, Flow> flows = new HashMap<>();
  private final Map<Output<?>, Flow> asUnits = new HashMap<>();
  private final ImmutableList.Builder<String> opaque = ImmutableList.builder();

  /**
   * Where a trace begins and ends.
   *
   * @param inputs where the network begins, by name; those of {@code constants} are only fed
   * @param constants tensors that are the same for all examples
   * @param frozen constants of the graph that were learnt
   * @param outputs where it ends, by name
   */
  record Ends(
      ImmutableMap<String, Output<?>> inputs,
      ImmutableList<Output<?>> constants,
      ImmutableList<Output<?>> frozen,
      ImmutableMap<String, Output<?>> outputs) {}

  /**
   * Begins a trace.
   *
   * @param prefix of the traced operations' names, which the layers' names go without
   */
  Walk(Graph graph, Unknown unknown, String prefix, Ends ends) {
    this.graph = graph;
    this.unknown = unknown;
    this.ends = ends;
    this.parts = new Parts(prefix);
    this.region = new Region(ends.inputs().values(), ends.constants(), ends.outputs().values());
    Set<GraphOperation> frozen = new HashSet<>();
    ends.frozen().forEach(tensor -> frozen.add(Parameters.operation(tensor)));
    this.parameters = new Parameters(region, frozen);
    this.scratch = new Scratch(graph, ends.inputs().values());
  }

  TracedNetwork trace() {
    ends.inputs().forEach(this::start);
    region.operations().forEach(this::visit);
    Set<Part> last = new LinkedHashSet<>();
    ends.outputs().forEach((name, output) -> last.add(finish(name, output)));
    parts.keepBefore(last);
    return Outcome.of(graph, parts, opaque.build(), ends);
  }

  /* A single number is no examples, and what does not lead to the outputs need not be known. */
  private void start(String name, Output<?> input) {
    Shape shape = input.shape();
    if (region.isConstant(input)
        || !region.needs(input)
        || (!shape.isUnknown() && shape.numDimensions() == 0)) {
      return;
    }
    ImmutableList<Long> example =
        Site.example(input)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "input '"
                            + name
                            + "': dimensions behind the first must be known, got "
                            + shape
                            + "; give the input's shape, or declare it with constant()"));
    flows.put(input, Flow.Carried.of(Optional.empty(), example, input));
  }

  private Site site(GraphOperation operation) {
    return new Site(operation, flows, parts, region, parameters, scratch);
  }

  private void visit(GraphOperation operation) {
    Site site = site(operation);
    if (Site.SHAPES.contains(operation.type())) {
      return;
    }
    if (site.incoming().isEmpty()) {
      region.requireDeclared(operation);
      return;
    }
    int before = parts.count();
    try {
      told(site, apply(site));
    } catch (NotUnderstood reason) {
      parts.forgetBehind(before);
      if (prepares(site)) {
        prepared(site);
      } else if (reason.taken().isPresent()) {
        Output<?> taken = reason.taken().get();
        Flow kept = flows.get(taken);
        flows.put(taken, asUnits(taken, site.what()));
        visit(operation);
        flows.put(taken, kept);
      } else {
        notUnderstood(site, reason);
      }
    }
  }

  /* Whatever goes wrong in a rule is told by the operation's name. */
  private static List<Optional<Flow>> apply(Site site) {
    try {
      return OpRules.of(site.type()).apply(site);
    } catch (NotUnderstood reason) {
      throw reason;
    } catch (RuntimeException failure) {
      throw new NotUnderstood(
          failure instanceof IllegalArgumentException ? failure.getMessage() : failure.toString(),
          failure);
    }
  }

  private void told(Site site, List<Optional<Flow>> results) {
    GraphOperation operation = site.operation();
    for (int i = 0; i < results.size(); i++) {
      if (results.get(i).orElse(null) instanceof Flow.Carried carried) {
        Shape shape = operation.output(i).shape();
        NotUnderstood.unless(
            carried.layout().fits(shape),
            "its output " + shape + " does not hold units of " + carried.layout().sizes());
      }
    }
    ImmutableList<Flow.Carried> sources =
        site.incoming().stream()
            .flatMap(flow -> Flow.sources(flow).stream())
            .collect(ImmutableList.toImmutableList());
    for (int i = 0; i < operation.numOutputs(); i++) {
      Output<?> output = operation.output(i);
      if (i < results.size()) {
        results.get(i).ifPresent(flow -> flows.put(output, flow));
      } else {
        flows.put(output, new Flow.Untold(sources));
      }
    }
  }

  /*
   * The input is no layer, so whatever is computed from it alone is still the input. Only a layer
   * must not be missed: nothing that could be a kernel may take part.
   */
  private boolean prepares(Site site) {
    boolean elementwise = ElementwiseRules.knows(site.type());
    for (int i = 0; i < site.operation().numInputs(); i++) {
      Optional<Flow> flow = site.flow(i);
      if (flow.isPresent() && !Flow.onlyInput(flow.get())) {
        return false;
      }
      if (flow.isEmpty() && parameters.possible(site.input(i), elementwise ? 99 : 2)) {
        return false;
      }
    }
    return true;
  }

  private void prepared(Site site) {
    String unknown =
        site.incoming().stream()
            .filter(Flow.Given.class::isInstance)
            .map(flow -> ((Flow.Given) flow).from())
            .findFirst()
            .orElse(site.what());
    for (int i = 0; i < site.operation().numOutputs(); i++) {
      Output<?> output = site.operation().output(i);
      flows.put(
          output,
          Site.example(output)
              .<Flow>map(shape -> Flow.Carried.of(Optional.empty(), shape, output))
              .orElseGet(() -> new Flow.Given(unknown)));
    }
  }

  /*
   * All to all: every layer that flows in feeds every unit of every output. What is learnt of the
   * other operands counts at the first.
   */
  private void notUnderstood(Site site, NotUnderstood reason) {
    GraphOperation operation = site.operation();
    if (unknown == Unknown.REFUSE) {
      throw new IllegalArgumentException(
          "operation " + site.what() + " is not understood: " + reason.getMessage(), reason);
    }
    opaque.add(site.what());
    Set<Parameter> learnt = new LinkedHashSet<>();
    for (int i = 0; i < operation.numInputs(); i++) {
      if (site.flow(i).isEmpty()) {
        Learnt behind = parameters.behind(site.input(i), true);
        learnt.addAll(behind.parameters());
        parts.uncounted().note(behind);
      }
    }
    for (int i = 0; i < operation.numOutputs(); i++) {
      Output<?> output = operation.output(i);
      // What was understood of some outputs stays, if it is now found that others are not.
      boolean asked = region.needs(output) || flows.containsKey(output);
      if (!asked || flows.get(output) instanceof Flow.Carried) {
        continue;
      }
      ImmutableList<Long> shape =
          opaqueShape(output)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "operation "
                              + site.what()
                              + " cannot be taken as all-to-all: its output's shape is "
                              + output.shape()));
      Part part =
          parts.opaque(
              operation.name() + (i == 0 ? "" : ":" + i), shape, ImmutableSet.copyOf(learnt));
      learnt.clear();
      // A softmax that is written out leaves its layer where one that is not does: at the logits.
      Softmaxes.ending(site).ifPresent(logits -> spread(logits, part));
      site.incoming().forEach(flow -> spread(flow, part));
      boolean nothing = part.sources().isEmpty() && part.parameters().isEmpty();
      Optional<Part> root = nothing ? Optional.empty() : Optional.of(part);
      flows.put(output, Flow.Carried.of(root, shape, output));
    }
  }

  /* A number for each example is one unit. */
  private static Optional<ImmutableList<Long>> opaqueShape(Output<?> output) {
    boolean single =
        output.shape().numDimensions() == 1 && output.shape().get(0) == Shape.UNKNOWN_SIZE;
    return single
        ? Optional.of(ImmutableList.of(1L))
        : Site.example(output).filter(known -> !known.isEmpty());
  }

  private void spread(Flow flow, Part part) {
    for (Flow.Carried source : Flow.sources(flow)) {
      if (source.root().isPresent() && !part.sources().containsKey(source.root().get())) {
        parts.feed(source, source.root().get().shape(), part, new Wiring.Dense());
      }
    }
  }

  /*
   * Something takes for a layer's units what was understood as a statistic of a layer, or as the
   * scores of an attention: the first operation that made such is not understood after all, and
   * what lies between is visited again. All that takes it for what it was goes on to do so.
   */
  private Flow asUnits(Output<?> taken, String by) {
    if (!asUnits.containsKey(taken)) {
      GraphOperation operation = Parameters.operation(taken);
      Map<Output<?>, Flow> kept = new HashMap<>();
      Map<Output<?>, Flow> given = new HashMap<>();
      for (int i = 0; i < operation.numInputs(); i++) {
        Output<?> input = operation.input(i);
        if (isNoUnits(input)) {
          kept.put(input, flows.get(input));
          given.put(input, asUnits(input, by));
        }
      }
      for (int i = 0; i < operation.numOutputs(); i++) {
        kept.put(operation.output(i), flows.get(operation.output(i)));
      }
      flows.putAll(given);
      if (!given.isEmpty()) {
        visit(operation);
      }
      if (isNoUnits(taken)) {
        String reason = by + " takes what is computed by it for a layer's units";
        notUnderstood(site(operation), new NotUnderstood(reason));
      }
      for (int i = 0; i < operation.numOutputs(); i++) {
        asUnits.put(operation.output(i), flows.get(operation.output(i)));
      }
      flows.putAll(kept);
    }
    return asUnits.get(taken);
  }

  /* Whether something was computed from a layer that is no layer's units. */
  private boolean isNoUnits(Output<?> tensor) {
    Flow flow = flows.get(tensor);
    return flow != null && !(flow instanceof Flow.Carried) && !Flow.onlyInput(flow);
  }

  private Part finish(String name, Output<?> output) {
    Flow flow = isNoUnits(output) ? asUnits(output, "output '" + name + "'") : flows.get(output);
    Optional<Part> last =
        flow instanceof Flow.Carried carried ? parts.settle(carried) : Optional.empty();
    return last.orElseThrow(
        () ->
            new IllegalArgumentException(
                "output '" + name + "' is not computed from the inputs by any layer"));
  }
}
