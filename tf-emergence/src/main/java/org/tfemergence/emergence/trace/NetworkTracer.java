package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.SignatureDef;

/**
 * Finds the network that a graph computes, whoever built it: with TensorFlow Java, imported from a
 * GraphDef, or loaded from a SavedModel.
 *
 * <pre>{@code
 * TracedNetwork traced =
 *     NetworkTracer.of(graph).input("images").output("logits").unknown(Unknown.REFUSE).trace();
 * }</pre>
 *
 * <p>Where the way from the inputs to the outputs leads through calls of functions, or an input is
 * given a shape that the graph does not know, what lies behind these is added to the graph once
 * more, under a prefix, with the functions' bodies in place of the calls. It computes with the
 * graph's own variables; its inputs are {@link TracedNetwork#inputs()}. A trace that fails adds
 * nothing. Trace before the first run of a large graph, since TensorFlow takes its time for what is
 * added later.
 *
 * <p>Ours; the rules are told in {@code docs/tracing.md}.
 */
public final class NetworkTracer {
  private final Graph graph;
  private final Map<String, String> inputs = new LinkedHashMap<>();
  private final Map<String, Shape> shapes = new LinkedHashMap<>();
  private final Map<String, String> outputs = new LinkedHashMap<>();
  private final Set<String> constants = new LinkedHashSet<>();
  private final Set<String> frozen = new LinkedHashSet<>();
  private Unknown unknown = Unknown.REFUSE;

  private NetworkTracer(Graph graph) {
    this.graph = graph;
  }

  /**
   * Begins a trace of a graph.
   *
   * @param graph the graph, open; an imported one must have been imported with its functions
   * @return a tracer without inputs and outputs
   */
  public static NetworkTracer of(Graph graph) {
    return new NetworkTracer(graph);
  }

  /**
   * Begins a trace of a SavedModel, from all inputs to all outputs of a signature.
   *
   * @param bundle the loaded model
   * @param signature the signature's key, such as {@code serving_default}
   * @return a tracer with the signature's inputs and outputs, under their names in the signature
   * @throws IllegalArgumentException if the model has no such signature
   */
  public static NetworkTracer of(SavedModelBundle bundle, String signature) {
    SignatureDef definition = signature(bundle, signature);
    return of(bundle, signature, definition.getOutputsMap().keySet());
  }

  /**
   * Begins a trace of a SavedModel, from all inputs to some outputs of a signature.
   *
   * @param bundle the loaded model
   * @param signature the signature's key, such as {@code serving_default}
   * @param outputs by their names in the signature; without those that no layer computes, such as
   *     names of classes
   * @return a tracer with the signature's inputs and these outputs
   * @throws IllegalArgumentException if the model has no such signature, or that no such output
   */
  public static NetworkTracer of(
      SavedModelBundle bundle, String signature, Collection<String> outputs) {
    SignatureDef definition = signature(bundle, signature);
    NetworkTracer tracer = new NetworkTracer(bundle.graph());
    definition.getInputsMap().forEach((name, info) -> tracer.inputs.put(name, info.getName()));
    for (String output : outputs) {
      require(
          definition.containsOutputs(output),
          "output must be one of "
              + definition.getOutputsMap().keySet()
              + ", got '"
              + output
              + "'");
      tracer.outputs.put(output, definition.getOutputsOrThrow(output).getName());
    }
    return tracer;
  }

  private static SignatureDef signature(SavedModelBundle bundle, String signature) {
    SignatureDef definition = bundle.metaGraphDef().getSignatureDefMap().get(signature);
    if (definition == null) {
      throw new IllegalArgumentException(
          "signature must be one of "
              + bundle.metaGraphDef().getSignatureDefMap().keySet()
              + ", got '"
              + signature
              + "'");
    }
    return definition;
  }

  /**
   * Adds an input: the network begins behind it. An input of a single number, such as the share
   * that a dropout keeps, is fed with the others and taken for a constant.
   *
   * @param name of a node, or of a tensor as {@code "node:0"}
   * @return this
   */
  public NetworkTracer input(String name) {
    inputs.put(name, name);
    return this;
  }

  /**
   * Adds an input, or, for one that is there, tells its shape.
   *
   * @param name of a placeholder, or of an input of the signature
   * @param shape with the batch, which may be unknown, such as {@code [-1, 28, 28, 1]}; all other
   *     dimensions known
   * @return this
   * @throws IllegalArgumentException if another dimension than the first is unknown
   */
  public NetworkTracer input(String name, Shape shape) {
    if (shape.isUnknown() || shape.numDimensions() < 1 || shape.tail().hasUnknownDimension()) {
      throw new IllegalArgumentException(
          "shape of input '" + name + "' must be known but for the first dimension, got " + shape);
    }
    inputs.putIfAbsent(name, name);
    shapes.put(name, shape);
    return this;
  }

  /**
   * Adds an output: the network ends there. A softmax that stands behind the logits, as one
   * operation or written out, may be named; the last layer's activations are the logits all the
   * same.
   *
   * @param name of a node, or of a tensor as {@code "node:0"}
   * @return this
   */
  public NetworkTracer output(String name) {
    outputs.put(name, name);
    return this;
  }

  /**
   * Declares a tensor the same for all examples, so that nothing of the network flows through it
   * and nothing that it is computed from is learnt: a placeholder of class weights, a filter bank.
   *
   * @param name of a node, or of a tensor as {@code "node:0"}, or of an input of the signature; of
   *     a node in a function as a refusal tells it
   * @return this
   */
  public NetworkTracer constant(String name) {
    constants.add(name);
    return this;
  }

  /**
   * Declares that a constant of the graph was learnt, so that it is a kernel where something is
   * multiplied with it. Needed where frozen layers stand beside variables and nothing tells them
   * from other constants.
   *
   * @param name of the constant's node; of one in a function as a refusal tells it
   * @return this
   */
  public NetworkTracer frozen(String name) {
    frozen.add(name);
    return this;
  }

  /**
   * Says what becomes of operations that are not understood.
   *
   * @param choice {@link Unknown#REFUSE} if this is not called
   * @return this
   */
  public NetworkTracer unknown(Unknown choice) {
    unknown = choice;
    return this;
  }

  /**
   * Traces.
   *
   * @return the network, and where its layers are in the graph
   * @throws IllegalArgumentException if there is no input or no output, a node is missing, an
   *     operation is not understood and is to be refused, something else than the inputs feeds the
   *     outputs, the graph has a loop, a shape behind the batch is unknown, or no layer lies
   *     between inputs and outputs
   */
  public TracedNetwork trace() {
    require(!inputs.isEmpty(), "a trace must have an input");
    require(!outputs.isEmpty(), "a trace must have an output");
    Set<String> wanted = new LinkedHashSet<>();
    for (String tensor : Iterables.concat(outputs.values(), inputs.values())) {
      wanted.add(Tensors.find(graph::operation, tensor).op().name());
    }
    // What stands in the body of a function is there when it is inlined.
    declared().stream()
        .map(GraphCopy::node)
        .filter(node -> graph.operation(node) != null)
        .forEach(wanted::add);
    Map<String, Shape> placeholders = newShapes();
    // Only what lies before the outputs: a model's saver has calls of its own.
    GraphDef part = GraphCopy.part(graph.toGraphDef(), wanted);
    if (placeholders.isEmpty() && !FunctionInliner.hasCalls(part)) {
      return walk(graph, "", name -> Tensors.find(graph::operation, name));
    }
    FunctionInliner.Inlined inlined = FunctionInliner.inline(part);
    Set<String> kept = new LinkedHashSet<>();
    for (String tensor : Iterables.concat(outputs.values(), inputs.values(), declared())) {
      kept.add(GraphCopy.node(inlined.tensor(tensor)));
    }
    GraphCopy copy = new GraphCopy(part, GraphCopy.part(inlined.graph(), kept), placeholders);
    // Tried out apart, since what a graph has it keeps.
    try (Graph apart = new Graph()) {
      apart.importGraphDef(copy.whole());
      walk(apart, "", name -> Tensors.find(apart::operation, inlined.tensor(name)));
    }
    String prefix = copy.freePrefix(graph);
    Map<String, GraphOperation> added = copy.addTo(graph, prefix);
    return walk(graph, prefix + "/", name -> Tensors.find(added::get, inlined.tensor(name)));
  }

  private TracedNetwork walk(Graph where, String prefix, Function<String, Output<?>> tensors) {
    Walk.Ends ends =
        new Walk.Ends(
            ImmutableMap.copyOf(Maps.transformValues(inputs, tensors::apply)),
            constants.stream()
                .<Output<?>>map(name -> tensors.apply(inputs.getOrDefault(name, name)))
                .collect(ImmutableList.toImmutableList()),
            frozen.stream().<Output<?>>map(tensors).collect(ImmutableList.toImmutableList()),
            ImmutableMap.copyOf(Maps.transformValues(outputs, tensors::apply)));
    return new Walk(where, unknown, prefix, ends).trace();
  }

  private List<String> declared() {
    List<String> names = new ArrayList<>(frozen);
    constants.forEach(name -> names.add(inputs.getOrDefault(name, name)));
    return names;
  }

  /* Shapes that tell more than the graph knows, by the placeholders' names. */
  private Map<String, Shape> newShapes() {
    Map<String, Shape> placeholders = new LinkedHashMap<>();
    shapes.forEach(
        (name, shape) -> {
          Output<?> input = Tensors.find(graph::operation, inputs.get(name));
          if (!Tensors.same(input.shape(), shape)) {
            require(
                ((GraphOperation) input.op()).type().equals("Placeholder"),
                "input '" + name + "' must be a placeholder to be given a shape");
            require(
                input.shape().isCompatibleWith(shape),
                "input '" + name + "' is of shape " + input.shape() + ", got " + shape);
            placeholders.put(input.op().name(), shape);
          }
        });
    return placeholders;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
