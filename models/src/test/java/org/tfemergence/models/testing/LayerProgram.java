package org.tfemergence.models.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.CentralDifferences;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.layer.LayerSpec;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.optimize.Gradient;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/** A layer in a graph, with drawn inputs and variables, beside the same layer in plain Java. */
public final class LayerProgram implements AutoCloseable {
  /** How a layer looks to a call. */
  public enum Mode {
    /** In a training step. */
    TRAINING,
    /** Otherwise. */
    INFERENCE,
    /** Otherwise, by operations that are computed rightly in bfloat16, though in float32 here. */
    BFLOAT16;

    /** Returns such a call. */
    public Pass pass(Ops tf) {
      return switch (this) {
        case TRAINING -> Pass.training(tf, 1, tf.constant(1L));
        case INFERENCE -> Pass.inference(tf);
        case BFLOAT16 -> Pass.inference(tf).inBfloat16();
      };
    }
  }

  /** A layer in plain Java. */
  @FunctionalInterface
  public interface Reference {
    /**
     * Computes the layer.
     *
     * @param variables by their names without the layer's
     * @param inputs the inputs, row-major
     * @return the output, row-major
     */
    double[] output(Map<String, double[]> variables, List<double[]> inputs);
  }

  private static final String LAYER = "block/layer";

  /** What of the values is drawn is rounded to float32, so that both sides compute with it. */
  private final GraphRun run = new GraphRun();

  private final List<Variable> variables;
  private final List<Operand<TFloat32>> inputs = new ArrayList<>();
  private final LayerSpec.Called called;
  private final Pass pass;
  private final Map<String, double[]> values = new HashMap<>();
  private final List<double[]> inputValues = new ArrayList<>();

  /**
   * Builds a layer, which must be named {@code block/layer}.
   *
   * @param spec the layer
   * @param batch the number of examples
   * @param mode what the call is for
   * @param shapes the inputs' shapes for one example
   */
  public LayerProgram(LayerSpec spec, int batch, Mode mode, Shape... shapes) {
    this(spec, batch, mode, Collections.nCopies(shapes.length, null), shapes);
  }

  /**
   * Builds a layer, which must be named {@code block/layer}, on sequences with padding.
   *
   * @param spec the layer
   * @param batch the number of examples
   * @param mode what the call is for
   * @param real for each input, which positions are real, [batch, positions], or null
   * @param shapes the inputs' shapes for one example
   */
  public LayerProgram(
      LayerSpec spec, int batch, Mode mode, List<boolean[][]> real, Shape... shapes) {
    Ops tf = run.tf();
    Variables registry = Variables.initialized(tf);
    LayerSpec.Built built = spec.build(registry, Kaiming.normal(5), List.of(shapes));
    variables = registry.all();
    for (Shape shape : shapes) {
      Shape batched = Shape.of(batch).append(shape);
      float[] drawn = Examples.features((int) batched.size(), 11 + inputs.size());
      inputs.add(run.constant(batched, drawn));
      inputValues.add(doubles(drawn));
    }
    pass = mode.pass(tf);
    List<Value> masked = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      Optional<Operand<TBool>> mask = Optional.ofNullable(real.get(i)).map(tf::constant);
      masked.add(new Value(inputs.get(i), mask));
    }
    called = built.call(pass, masked);
    assertThat(spec.name()).isEqualTo(LAYER);
    assertThat(called.output().tensor().asOutput().shape())
        .isEqualTo(Shape.of(batch).append(spec.output(List.of(shapes))));
    assertThat(
            variables.stream()
                .filter(Variable::trainable)
                .mapToLong(variable -> variable.shape().size())
                .sum())
        .isEqualTo(spec.layer(List.of(shapes)).parameters());
  }

  /** Checks a layer in both modes, in which it is the same. */
  public static void requireEquals(
      LayerSpec spec, int batch, Reference reference, Shape... shapes) {
    for (Mode mode : Mode.values()) {
      try (LayerProgram program = new LayerProgram(spec, batch, mode, shapes)) {
        program.requireEquals(reference, 2e-5);
      }
    }
  }

  /** Returns the harness' graph. */
  public GraphRun run() {
    return run;
  }

  /** Returns the call. */
  public Pass pass() {
    return pass;
  }

  /** Returns what came of the call. */
  public LayerSpec.Called called() {
    return called;
  }

  /** Returns the inputs' values. */
  public List<double[]> inputValues() {
    return inputValues;
  }

  /** Returns the variables' values, by their names without the layer's. */
  public Map<String, double[]> values() {
    return values;
  }

  /**
   * Checks the output, and the gradients by all inputs and trained variables of a sum that weighs
   * the outputs, against plain Java and its central differences.
   *
   * @param reference the layer in plain Java
   * @param tolerance of outputs and gradients, which are of the order of 1
   */
  public void requireEquals(Reference reference, double tolerance) {
    Ops tf = run.tf();
    Operand<TFloat32> output = called.output().floats();
    Shape shape = output.asOutput().shape();
    float[] weights = Examples.features((int) shape.size(), 3);
    Operand<TFloat32> flat =
        tf.reshape(tf.math.mul(output, run.constant(shape, weights)), tf.constant(new int[] {-1}));
    Operand<TFloat32> loss = tf.reduceSum(flat, tf.constant(0));
    List<Variable> trained = variables.stream().filter(Variable::trainable).toList();
    List<Gradient> gradients =
        trained.isEmpty() ? List.of() : Gradient.of(run.graph(), loss, trained);
    Output<?>[] byInput =
        run.graph()
            .addGradients(
                loss.asOutput(),
                inputs.stream().map(Operand::asOutput).toArray(size -> new Output<?>[size]));
    drawVariables();

    assertThat(doubles(run.floats(output)))
        .containsExactly(reference.output(values, inputValues), within(tolerance));
    for (int i = 0; i < inputs.size(); i++) {
      int input = i;
      double[] expected =
          CentralDifferences.gradient(
              moved -> weighed(weights, reference.output(values, replaced(input, moved))),
              inputValues.get(i));
      assertThat(doubles(run.floats(byInput[i].expect(TFloat32.class))))
          .as("gradient by input %d", i)
          .containsExactly(expected, within(tolerance));
    }
    for (Gradient gradient : gradients) {
      String name = local(gradient.variable());
      double[] expected =
          CentralDifferences.gradient(
              moved -> {
                Map<String, double[]> changed = new HashMap<>(values);
                changed.put(name, moved);
                return weighed(weights, reference.output(changed, inputValues));
              },
              values.get(name));
      assertThat(doubles(run.floats(gradient.value())))
          .as("gradient by %s", name)
          .containsExactly(expected, within(tolerance));
    }
  }

  /** Gives all variables drawn values; variances are positive. Adds operations. */
  public void drawVariables() {
    Ops tf = run.tf();
    List<org.tensorflow.op.Op> assignments = new ArrayList<>();
    for (Variable variable : variables) {
      float[] drawn = Examples.features((int) variable.shape().size(), 100 + values.size());
      for (int i = 0; i < drawn.length; i++) {
        drawn[i] = variable.name().endsWith("variance") ? 0.5f + Math.abs(drawn[i]) : drawn[i];
      }
      values.put(local(variable), doubles(drawn));
      assignments.add(variable.weight().assign(tf, run.constant(variable.shape(), drawn)));
    }
    assignments.forEach(run::run);
  }

  @Override
  public void close() {
    run.close();
  }

  private List<double[]> replaced(int input, double[] other) {
    List<double[]> all = new ArrayList<>(inputValues);
    all.set(input, other);
    return all;
  }

  private static String local(Variable variable) {
    assertThat(variable.name()).startsWith(LAYER + "/");
    return variable.name().substring(LAYER.length() + 1);
  }

  private static double weighed(float[] weights, double[] output) {
    assertThat(output).hasSameSizeAs(weights);
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i] * output[i];
    }
    return sum;
  }
}
