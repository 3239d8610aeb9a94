package org.tfemergence.models.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.tfemergence.models.testing.PlainDense.doubles;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.CentralDifferences;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.layer.LayerSpec;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * A layer on random inputs and with random variables, and whether it and its gradients are those of
 * a function in double.
 */
public final class LayerRun implements AutoCloseable {
  private static final int BATCH = 2;

  private final GraphRun run = new GraphRun();
  private final List<Output<?>> points = new ArrayList<>();
  private final List<double[]> values = new ArrayList<>();
  private final Operand<TFloat32> output;
  private final Op assigned;

  /**
   * Builds a layer.
   *
   * @param layer its description
   * @param real for each input, which positions are real, [batch, positions], or null
   * @param shapes the inputs' shapes for one example; the batch is of two
   */
  public LayerRun(LayerSpec layer, List<boolean[][]> real, Shape... shapes) {
    Ops tf = run.tf();
    List<Value> inputs = new ArrayList<>();
    for (int i = 0; i < shapes.length; i++) {
      Shape shape = Shape.of(BATCH).append(shapes[i]);
      float[] x = Examples.features((int) shape.size(), i + 1);
      Operand<TFloat32> input = tf.constant(shape, DataBuffers.of(x));
      boolean[][] mask = real.isEmpty() ? null : real.get(i);
      Value value = Value.of(input);
      if (mask != null) {
        Operand<TBool> positions = tf.constant(mask);
        value = new Value(input, Optional.of(positions));
      }
      inputs.add(value);
      points.add(input.asOutput());
      values.add(doubles(x));
    }
    Variables variables = Variables.initialized(tf);
    LayerSpec.Built built = layer.build(variables, Xavier.uniform(1), List.of(shapes));
    output = built.call(Pass.inference(tf), inputs).output().floats();
    List<Op> set = new ArrayList<>();
    for (Variable variable : variables.all()) {
      float[] w = Examples.features((int) variable.shape().size(), 10 + points.size());
      set.add(
          tf.assignVariableOp(variable.handle(), tf.constant(variable.shape(), DataBuffers.of(w))));
      points.add(variable.handle().asOutput());
      values.add(doubles(w));
    }
    assigned = tf.withControlDependencies(set).noOp();
  }

  /**
   * Requires the layer's output and the gradients of a sum of its outputs, weighed at random, to be
   * those of a function: by each input, then by each variable.
   *
   * @param function of inputs and variables, each flat and row-major, to outputs
   */
  public void requireEquals(Function<List<double[]>, double[]> function) {
    Ops tf = run.tf();
    double[] expected = function.apply(values);
    float[] weights = Examples.features(expected.length, 99);
    Operand<TFloat32> flat = tf.reshape(output, tf.constant(new int[] {-1}));
    Operand<TFloat32> loss =
        tf.reduceSum(tf.math.mul(flat, tf.constant(weights)), tf.constant(new int[] {0}));
    Output<?>[] gradients =
        run.graph().addGradients(loss.asOutput(), points.toArray(new Output<?>[0]));
    List<Operand<TFloat32>> reads = new ArrayList<>();
    for (Output<?> gradient : gradients) {
      reads.add(gradient.op().output(gradient.index()));
    }
    run.run(assigned);

    assertThat(doubles(run.floats(output))).containsExactly(expected, within(1e-5));
    for (int i = 0; i < gradients.length; i++) {
      int changed = i;
      double[] differences =
          CentralDifferences.gradient(
              point -> {
                List<double[]> moved = new ArrayList<>(values);
                moved.set(changed, point);
                double[] y = function.apply(moved);
                double sum = 0;
                for (int j = 0; j < y.length; j++) {
                  sum += weights[j] * y[j];
                }
                return sum;
              },
              values.get(i));
      assertThat(doubles(run.floats(reads.get(i))))
          .as("gradient %d", i)
          .containsExactly(differences, within(5e-5));
    }
  }

  @Override
  public void close() {
    run.close();
  }
}
