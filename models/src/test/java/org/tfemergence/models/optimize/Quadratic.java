package org.tfemergence.models.optimize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * Minimises {@code sum a (w - b)^2 / 2} over two variables in a graph, whose gradient {@code a (w -
 * b)} plain Java knows too.
 */
final class Quadratic implements AutoCloseable {
  static final double[] CURVATURE = {1, 0.5, 2, 0.1, 3, 1};
  static final double[] TARGET = {1, -2, 0.5, 10, 0, -1};
  static final double[] START = {0, 0, 3, -4, 1, 0.25};

  /** The first four coordinates are a matrix, the rest a vector. */
  private static final int MATRIX = 4;

  final Variables variables;
  private final GraphRun run = new GraphRun();
  private final Placeholder<TFloat32> rate;
  private final List<Gradient> gradients;
  private final Op update;
  private final List<Operand<TFloat32>> reads;

  Quadratic(Optimizer optimizer) {
    this(optimizer, Variable.Role.KERNEL);
  }

  /** The vector has a role of its own. */
  Quadratic(Optimizer optimizer, Variable.Role ofVector) {
    Ops tf = run.tf();
    rate = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    variables = Variables.initialized(tf);
    Variable matrix =
        variables.add(
            "matrix", Shape.of(2, 2), Variable.Role.KERNEL, init -> floats(init, START, 0, MATRIX));
    Variable vector =
        variables.add("vector", Shape.of(2), ofVector, init -> floats(init, START, MATRIX, 6));
    Operand<TFloat32> loss =
        tf.math.add(
            loss(matrix.read(tf), 0, MATRIX), loss(vector.read(tf), MATRIX, CURVATURE.length));
    gradients = Gradient.of(run.graph(), loss, List.of(matrix, vector));
    update = optimizer.update(tf, variables, gradients, rate);
    reads = List.of(matrix.read(tf), vector.read(tf));
  }

  /** Updates once, at a learning rate. */
  void step(double learningRate) {
    try (TFloat32 fed = TFloat32.scalarOf((float) learningRate)) {
      run.session().runner().feed(rate, fed).addTarget(update).run().close();
    }
  }

  /** Returns the six coordinates. */
  float[] weights() {
    float[] weights = Arrays.copyOf(run.floats(reads.get(0)), START.length);
    System.arraycopy(run.floats(reads.get(1)), 0, weights, MATRIX, START.length - MATRIX);
    return weights;
  }

  /**
   * Checks that no weight changes before all gradients are computed: a race that results seldom
   * show.
   */
  void requireUpdatesWaitForAllGradients() {
    Map<String, NodeDef> nodes =
        run.graph().toGraphDef().getNodeList().stream()
            .collect(Collectors.toMap(NodeDef::getName, Function.identity()));
    List<String> all = gradients.stream().map(gradient -> gradient.value().op().name()).toList();
    assertThat(nodes.values())
        .filteredOn(node -> node.getOp().startsWith("ResourceApply"))
        .hasSize(gradients.size());
    assertThat(nodes.values())
        .filteredOn(
            node ->
                node.getOp().startsWith("ResourceApply")
                    || node.getOp().equals("AssignSubVariableOp"))
        .allSatisfy(node -> assertThat(before(node, nodes)).containsAll(all));
  }

  /* The names of all nodes that are done before a node runs. */
  private static Set<String> before(NodeDef last, Map<String, NodeDef> nodes) {
    Set<String> before = new HashSet<>();
    Deque<NodeDef> ahead = new ArrayDeque<>(List.of(last));
    while (!ahead.isEmpty()) {
      for (String input : ahead.remove().getInputList()) {
        String name = input.replaceFirst("^\\^", "").replaceFirst(":\\d+$", "");
        if (before.add(name)) {
          ahead.add(nodes.get(name));
        }
      }
    }
    return before;
  }

  /** Returns the gradient at a point. */
  static double[] gradient(double[] weights) {
    double[] gradient = new double[weights.length];
    for (int i = 0; i < weights.length; i++) {
      gradient[i] = CURVATURE[i] * (weights[i] - TARGET[i]);
    }
    return gradient;
  }

  @Override
  public void close() {
    run.close();
  }

  private Operand<TFloat32> loss(Operand<TFloat32> weights, int from, int to) {
    Ops tf = run.tf();
    Operand<TFloat32> away = tf.math.sub(weights, floats(tf, TARGET, from, to));
    Operand<TFloat32> losses =
        tf.math.mul(
            tf.math.mul(floats(tf, CURVATURE, from, to), tf.constant(0.5f)), tf.math.square(away));
    return tf.reduceSum(losses, to == MATRIX ? tf.constant(new int[] {0, 1}) : tf.constant(0));
  }

  private static Operand<TFloat32> floats(Ops tf, double[] values, int from, int to) {
    float[] floats = new float[to - from];
    for (int i = from; i < to; i++) {
      floats[i - from] = (float) values[i];
    }
    Operand<TFloat32> vector = tf.constant(floats);
    return to == MATRIX ? tf.reshape(vector, tf.constant(new int[] {2, 2})) : vector;
  }
}
