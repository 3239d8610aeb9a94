package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
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
 * given a shape that the graph does not know, the part in question is added to the graph once more,
 * under a prefix, with the functions' bodies in place of the calls. Its variables are the same; its
 * inputs are {@link TracedNetwork#inputs()}. Trace before the first run of a large graph, since
 * TensorFlow takes its time for what is added later.
 *
 * <p>Ours; the rules are told in {@code docs/tracing.md}.
 */
public final class NetworkTracer {
  private final Graph graph;
  private final Map<String, String> inputs = new LinkedHashMap<>();
  private final Map<String, Shape> shapes = new LinkedHashMap<>();
  private final Map<String, String> outputs = new LinkedHashMap<>();
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
    SignatureDef definition = bundle.metaGraphDef().getSignatureDefMap().get(signature);
    if (definition == null) {
      throw new IllegalArgumentException(
          "signature must be one of "
              + bundle.metaGraphDef().getSignatureDefMap().keySet()
              + ", got '"
              + signature
              + "'");
    }
    NetworkTracer tracer = new NetworkTracer(bundle.graph());
    definition.getInputsMap().forEach((name, info) -> tracer.inputs.put(name, info.getName()));
    definition.getOutputsMap().forEach((name, info) -> tracer.outputs.put(name, info.getName()));
    return tracer;
  }

  /**
   * Adds an input: the network begins behind it.
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
   * Adds an output: the network ends there. A softmax that stands behind the logits may be named;
   * the last layer's activations are the logits all the same.
   *
   * @param name of a node, or of a tensor as {@code "node:0"}
   * @return this
   */
  public NetworkTracer output(String name) {
    outputs.put(name, name);
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
   *     operation is not understood and is to be refused, the graph has a loop, a shape behind the
   *     batch is unknown, or no layer lies between inputs and outputs
   */
  public TracedNetwork trace() {
    require(!inputs.isEmpty(), "a trace must have an input");
    require(!outputs.isEmpty(), "a trace must have an output");
    Set<String> wanted = new LinkedHashSet<>();
    outputs.values().forEach(tensor -> wanted.add(find(tensor).op().name()));
    inputs.values().forEach(tensor -> wanted.add(find(tensor).op().name()));
    Map<String, Shape> placeholders = newShapes();
    // Only what lies before the outputs: a model's saver has calls of its own.
    GraphDef part = GraphCopy.part(graph.toGraphDef(), wanted);
    if (placeholders.isEmpty() && !FunctionInliner.hasCalls(part)) {
      return walk("");
    }
    GraphDef inlined = GraphCopy.part(FunctionInliner.inline(part), wanted);
    return walk(GraphCopy.add(graph, inlined, placeholders) + "/");
  }

  private TracedNetwork walk(String prefix) {
    ImmutableMap.Builder<String, Output<?>> from = ImmutableMap.builder();
    ImmutableMap.Builder<String, Output<?>> to = ImmutableMap.builder();
    inputs.forEach((name, tensor) -> from.put(name, find(prefix + tensor)));
    outputs.forEach((name, tensor) -> to.put(name, find(prefix + tensor)));
    return new Walk(graph, unknown, prefix, from.buildOrThrow()).trace(to.buildOrThrow());
  }

  /* Shapes that tell more than the graph knows, by the placeholders' names. */
  private Map<String, Shape> newShapes() {
    Map<String, Shape> placeholders = new LinkedHashMap<>();
    shapes.forEach(
        (name, shape) -> {
          Output<?> input = find(inputs.get(name));
          if (!input.shape().equals(shape)) {
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

  private Output<?> find(String tensor) {
    int colon = tensor.lastIndexOf(':');
    String node = colon < 0 ? tensor : tensor.substring(0, colon);
    GraphOperation operation = graph.operation(node);
    require(operation != null, "the graph has no operation '" + node + "'");
    int index = colon < 0 ? 0 : Integer.parseInt(tensor.substring(colon + 1));
    require(
        index >= 0 && index < operation.numOutputs(),
        "operation '" + node + "' has " + operation.numOutputs() + " outputs, no '" + index + "'");
    return operation.output(index);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
