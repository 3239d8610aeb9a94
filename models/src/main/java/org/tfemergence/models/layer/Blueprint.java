package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Network;
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
 * x = plan.add(new Dense("hidden", 256, Activation.RELU), x);
 * x = plan.add(new Dense("logits", 10, Activation.LINEAR), x);
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
    this.network = Step.network(steps);
  }

  /** The output of a layer, or an input, of a plan in the making. Immutable. */
  public static final class Node {
    private final Builder plan;
    private final int index; // of a layer, from 0; of an input, downwards from -1
    private final Shape shape;
    private final int depth;

    private Node(Builder plan, int index, Shape shape, int depth) {
      this.plan = plan;
      this.index = index;
      this.shape = shape;
      this.depth = depth;
    }

    int index() {
      return index;
    }

    /**
     * Returns the shape of its values.
     *
     * @return the shape for one example
     */
    public Shape shape() {
      return shape;
    }

    /**
     * Returns how deep it lies.
     *
     * @return the greatest number of kernels on a way from an input to it
     */
    public int depth() {
      return depth;
    }

    /**
     * Returns this node as seen from deeper in the network: kernels that it feeds rank behind that
     * depth. So keys and values that a decoder makes of the encoder's output share the rank of its
     * queries.
     *
     * @param other the depth of a node beside it
     * @return this node, at the greater of both depths
     */
    public Node atDepth(int other) {
      return new Node(plan, index, shape, Math.max(depth, other));
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
      names.add(input.name());
      inputs.add(input);
      // Inputs count downwards, so that they may be added at any time.
      return new Node(this, -inputs.size(), input.shape(), depth);
    }

    /**
     * Adds a layer. One that is refused leaves the plan as it was.
     *
     * @param layer its description
     * @param from what feeds it, nodes of this plan, each once
     * @return its node
     * @throws IllegalArgumentException if the name is taken, or none that TensorFlow takes, a node
     *     is of another plan or given twice, the layer does not take inputs of such a shape or
     *     type, or ids as great, or its kernel, or its output for one example, has 2^31 values or
     *     more
     */
    public Node add(LayerSpec layer, Node... from) {
      Objects.requireNonNull(layer, "layer");
      Objects.requireNonNull(from, "from");
      Require.name(layer.name());
      requireNew(layer.name());
      requireMine("layer '" + layer.name() + "'", from);
      if (from.length == 0
          || Arrays.stream(from).mapToInt(Node::index).distinct().count() < from.length) {
        throw new IllegalArgumentException(
            "layer '" + layer.name() + "' must be fed by at least one node, each once");
      }
      List<Shape> shapes = Arrays.stream(from).map(Node::shape).toList();
      Shape output = layer.output(shapes);
      Require.size(layer.name(), output);
      Optional<Shape> kernel = layer.kernel(shapes);
      kernel.ifPresent(shape -> Require.size(layer.name() + "/kernel", shape));
      int depth = Arrays.stream(from).mapToInt(Node::depth).max().orElseThrow();
      Node node = new Node(this, steps.size(), output, depth + (kernel.isPresent() ? 1 : 0));
      Step step = new Step(layer, node, ImmutableList.copyOf(from));
      step.requireTaken(steps, inputs);
      names.add(layer.name());
      steps.add(step);
      return node;
    }

    /**
     * Completes the plan.
     *
     * @param output the node whose values are the logits
     * @return the plan
     * @throws IllegalArgumentException if the output is no layer of this plan, the layers make no
     *     network, or there are inputs or layers that do not lead to the output
     */
    public Blueprint build(Node output) {
      Objects.requireNonNull(output, "output");
      requireMine("the output", output);
      if (output.index() < 0) {
        throw new IllegalArgumentException("the output must be a layer, not an input");
      }
      Step.requireAllLeadTo(output, steps, inputs);
      return new Blueprint(ImmutableList.copyOf(inputs), ImmutableList.copyOf(steps), output);
    }

    private void requireMine(String what, Node... nodes) {
      for (Node node : nodes) {
        Objects.requireNonNull(node, "from");
        if (node.plan != this) {
          throw new IllegalArgumentException(what + " must be fed by nodes of this plan");
        }
      }
    }

    private void requireNew(String name) {
      if (names.contains(name)) {
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
          step.from().stream().map(this::name).collect(ImmutableList.toImmutableList()));
    }
    return layers.buildOrThrow();
  }

  private String name(Node node) {
    int index = node.index();
    return index < 0 ? inputs.get(-1 - index).name() : steps.get(index).spec().name();
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
   * Returns the shape of the network's output.
   *
   * @return the shape of one example's logits
   */
  public Shape outputShape() {
    return output.shape();
  }

  /**
   * Returns how many examples a training step must have, of which each device has its share.
   *
   * @return the greatest {@link LayerSpec#leastBatch} of the layers, at least 1
   */
  public int leastBatch() {
    return steps.stream()
        .mapToInt(step -> step.spec().leastBatch(step.shapes()))
        .max()
        .orElseThrow();
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
    steps.forEach(step -> step.kernel().ifPresent(kernels::add));
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
          step.kernel().map(kernel -> scheme.initializer(kernel, depth)).orElseGet(scheme::base);
      built.add(step.spec().build(variables, initializer, step.shapes()));
    }
    return new BuiltBlueprint(inputs, steps, output, network, built.build());
  }
}
