package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.graph.MutableValueGraph;
import com.google.common.graph.ValueGraphBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.InitScheme;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.variable.Variables;

/**
 * The plan of a network: layers, and which feeds which. From this one description come its {@link
 * Network}, its kernels with their ranks, its variables and its operations, so that none of them
 * can tell another story.
 *
 * <pre>{@code
 * Blueprint.Builder plan = Blueprint.builder();
 * Blueprint.Node x = plan.input(new InputSpec("input", TFloat32.class, Shape.of(784)));
 * x = plan.add(Dense.of("hidden", 256, Activation.RELU), x);
 * x = plan.add(Dense.of("logits", 10, Activation.LINEAR), x);
 * Blueprint blueprint = plan.build(x);
 * }</pre>
 *
 * Immutable.
 */
public final class Blueprint {
  private final ImmutableList<InputSpec> inputs;
  private final ImmutableList<Step> steps;
  private final Node output;
  private final Network network;

  private Blueprint(ImmutableList<InputSpec> inputs, ImmutableList<Step> steps, Node output) {
    this.inputs = inputs;
    this.steps = steps;
    this.output = output;
    this.network = network(steps);
  }

  /**
   * The output of a layer, or an input, of a plan in the making.
   *
   * @param index its place among the inputs and layers
   * @param shape its shape for one example
   * @param depth the greatest number of kernels on a way from an input to it
   */
  public record Node(int index, Shape shape, int depth) {
    /**
     * Returns this node as seen from deeper in the network: kernels that it feeds rank behind that
     * depth. So keys and values that a decoder makes of the encoder's output share the rank of its
     * queries.
     *
     * @param other the depth of a node beside it
     * @return this node, at the greater of both depths
     */
    public Node atDepth(int other) {
      return new Node(index, shape, Math.max(depth, other));
    }
  }

  /** A layer in its place: its number among all nodes, and the nodes that feed it. */
  record Step(LayerSpec spec, Node node, ImmutableList<Node> from) {
    List<Shape> shapes() {
      return from.stream().map(Node::shape).toList();
    }
  }

  /**
   * Starts a plan.
   *
   * @return an empty plan
   */
  public static Builder builder() {
    return new Builder();
  }

  /** A plan in the making. */
  public static final class Builder {
    private final List<InputSpec> inputs = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    private Builder() {}

    /**
     * Adds an input.
     *
     * @param input its description
     * @return its node
     * @throws IllegalArgumentException if the name is taken
     * @throws IllegalStateException if a layer was added before
     */
    public Node input(InputSpec input) {
      return input(input, 0);
    }

    /**
     * Adds an input that comes in late: a decoder's, whose kernels rank behind the encoder's.
     *
     * @param input its description
     * @param depth the number of kernels that rank before all behind this input, at least 0
     * @return its node
     * @throws IllegalArgumentException if the name is taken, or {@code depth < 0}
     */
    public Node input(InputSpec input, int depth) {
      requireNew(input.name());
      if (depth < 0) {
        throw new IllegalArgumentException("depth must not be negative, got " + depth);
      }
      inputs.add(input);
      // Inputs count downwards, so that they may be added at any time.
      return new Node(-inputs.size(), input.shape(), depth);
    }

    /**
     * Adds a layer.
     *
     * @param layer its description
     * @param from what feeds it, nodes of this plan, each once
     * @return its node
     * @throws IllegalArgumentException if the name is taken, or the layer does not take such inputs
     */
    public Node add(LayerSpec layer, Node... from) {
      requireNew(layer.name());
      if (from.length == 0 || new HashSet<>(Arrays.asList(from)).size() < from.length) {
        throw new IllegalArgumentException(
            "layer '" + layer.name() + "' must be fed by at least one node, each once");
      }
      List<Shape> shapes = Arrays.stream(from).map(Node::shape).toList();
      int depth = Arrays.stream(from).mapToInt(Node::depth).max().orElseThrow();
      Node node =
          new Node(
              steps.size(),
              layer.output(shapes),
              depth + (layer.kernel(shapes).isPresent() ? 1 : 0));
      steps.add(new Step(layer, node, ImmutableList.copyOf(from)));
      return node;
    }

    /**
     * Completes the plan.
     *
     * @param output the node whose values are the logits
     * @return the plan
     * @throws IllegalArgumentException if the output is no layer, or the layers make no network
     */
    public Blueprint build(Node output) {
      if (output.index() < 0) {
        throw new IllegalArgumentException("the output must be a layer, not an input");
      }
      return new Blueprint(ImmutableList.copyOf(inputs), ImmutableList.copyOf(steps), output);
    }

    private void requireNew(String name) {
      if (!names.add(name)) {
        throw new IllegalArgumentException("two layers or inputs are named '" + name + "'");
      }
    }
  }

  /**
   * Returns the layers.
   *
   * @return the layers in their order, each with the names of the layers and inputs that feed it
   */
  public ImmutableMap<LayerSpec, ImmutableList<String>> layers() {
    ImmutableMap.Builder<LayerSpec, ImmutableList<String>> layers = ImmutableMap.builder();
    for (Step step : steps) {
      layers.put(
          step.spec(),
          step.from().stream()
              .map(
                  node ->
                      node.index() < 0
                          ? inputs.get(-node.index() - 1).name()
                          : steps.get(node.index()).spec().name())
              .collect(ImmutableList.toImmutableList()));
    }
    return layers.buildOrThrow();
  }

  /**
   * Returns what the network takes in.
   *
   * @return the inputs, in the order they were added
   */
  public ImmutableList<InputSpec> inputs() {
    return inputs;
  }

  /**
   * Returns how many ids the tokens of an input may have: the least vocabulary of the embeddings
   * that read it.
   *
   * @param input the input's place, from 0
   * @return the number of ids; empty if no embedding reads the input
   */
  public OptionalInt vocabulary(int input) {
    return steps.stream()
        .filter(step -> step.from().stream().anyMatch(node -> node.index() == -1 - input))
        .map(Step::spec)
        .filter(Embedding.class::isInstance)
        .mapToInt(spec -> ((Embedding) spec).vocabulary())
        .min();
  }

  /**
   * Returns the shape of the network's output.
   *
   * @return the shape of one example's logits
   */
  public Shape outputShape() {
    return output.shape();
  }

  /**
   * Returns the network as emergence sees it.
   *
   * @return all layers and how they are wired; the inputs are no layers
   */
  public Network network() {
    return network;
  }

  /**
   * Returns the kernels that an initialization scheme draws.
   *
   * @return the kernels; the rank of each is the greatest number of kernels on a way from an input
   *     to it, itself counted
   */
  public ImmutableList<Kernel> kernels() {
    ImmutableList.Builder<Kernel> kernels = ImmutableList.builder();
    steps.forEach(step -> kernel(step).ifPresent(kernels::add));
    return kernels.build();
  }

  /**
   * Makes the network's variables in a graph.
   *
   * @param variables where to make them
   * @param scheme how its kernels are initialized
   * @return the network, ready to be called
   */
  public Model.Built build(Variables variables, InitScheme scheme) {
    ImmutableList<Kernel> kernels = kernels();
    int depth = kernels.isEmpty() ? 0 : InitPlan.depth(kernels);
    ImmutableList.Builder<LayerSpec.Built> built = ImmutableList.builder();
    for (Step step : steps) {
      KernelInitializer initializer =
          kernel(step).map(kernel -> scheme.initializer(kernel, depth)).orElseGet(scheme::base);
      built.add(step.spec().build(variables, initializer, step.shapes()));
    }
    return new BuiltBlueprint(inputs, steps, output, network, built.build());
  }

  private static Optional<Kernel> kernel(Step step) {
    return step.spec()
        .kernel(step.shapes())
        .map(
            shape ->
                Kernel.of(step.spec().name() + "/kernel", step.node().depth(), shape.asArray())
                    .withGain(step.spec().gain()));
  }

  /* Refuses layers that do not suit each other. */
  private static Network network(List<Step> steps) {
    MutableValueGraph<Layer, Wiring> graph =
        ValueGraphBuilder.directed().allowsSelfLoops(false).build();
    List<Layer> layers = new ArrayList<>();
    for (Step step : steps) {
      Layer layer = step.spec().layer(step.shapes());
      layers.add(layer);
      graph.addNode(layer);
      for (int i = 0; i < step.from().size(); i++) {
        Optional<Wiring> wiring = step.spec().wiring(i, step.shapes());
        int source = step.from().get(i).index();
        if (wiring.isPresent() && source >= 0) {
          graph.putEdgeValue(layers.get(source), layer, wiring.get());
        }
      }
    }
    return Network.of(graph);
  }
}
