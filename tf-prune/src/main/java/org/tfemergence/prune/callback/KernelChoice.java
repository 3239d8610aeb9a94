package org.tfemergence.prune.callback;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Network;
import org.tfemergence.emergence.train.TrainingGraph;

/** Which variables of a training are pruned. */
@FunctionalInterface
public interface KernelChoice {
  /**
   * Returns the variables to prune.
   *
   * @param graph the training
   * @return some of its weights, in their order
   */
  ImmutableList<Weight> of(TrainingGraph graph);

  /**
   * Returns the choice of all kernels and tables: whatever has two dimensions or more. Biases and
   * normalization parameters are left alone.
   *
   * @return the choice
   */
  static KernelChoice all() {
    return graph -> filter(graph.weights(), weight -> weight.shape().numDimensions() >= 2);
  }

  /**
   * Returns this choice without some variables.
   *
   * @param names which ones, by their names, such as {@code name -> name.endsWith("/table")} for
   *     the embeddings of this project's models
   * @return the choice
   */
  default KernelChoice except(Predicate<String> names) {
    return graph -> filter(of(graph), weight -> !names.test(weight.name()));
  }

  /**
   * Returns this choice without the kernels of the first and the last layers of the network: those
   * that no layer that counts feeds, and those that feed none.
   *
   * <p>The training must name its layers' kernels; else attaching fails with an {@link
   * IllegalArgumentException}.
   *
   * @return the choice
   */
  default KernelChoice exceptFirstAndLast() {
    return graph -> {
      ImmutableSet<String> spared = ends(graph);
      return filter(of(graph), weight -> !spared.contains(weight.name()));
    };
  }

  private static ImmutableSet<String> ends(TrainingGraph graph) {
    if (graph.kernels().isEmpty()) {
      throw new IllegalArgumentException(
          "sparing the first and the last layer needs a graph that names its layers' kernels");
    }
    Network network = graph.network();
    int layers = network.layers().size();
    Set<Integer> fed = new HashSet<>();
    IntStream.range(0, layers).forEach(i -> fed.addAll(network.successors(i)));
    return IntStream.range(0, layers)
        .filter(i -> !fed.contains(i) || network.successors(i).isEmpty())
        .mapToObj(i -> network.layers().get(i).name())
        .filter(graph.kernels()::containsKey)
        .map(layer -> graph.kernels().get(layer).name())
        .collect(ImmutableSet.toImmutableSet());
  }

  private static ImmutableList<Weight> filter(
      ImmutableList<Weight> weights, Predicate<Weight> which) {
    return weights.stream().filter(which).collect(ImmutableList.toImmutableList());
  }
}
