package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.primitives.Longs;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * Layer normalization (Ba, Kiros and Hinton, arXiv 1607.06450, equation 4) over the channels of
 * each position:
 *
 * <pre>{@code
 * gain (x - mean) / sqrt(variance + epsilon) + offset
 * }</pre>
 *
 * with the variance divided by the number of channels. It hands paths on, one to one.
 *
 * @param name its name; its variables are {@code NAME/gain} [width], which starts at one, and
 *     {@code NAME/offset} [width], which starts at zero
 * @param epsilon what keeps the division finite, positive
 */
public record LayerNorm(String name, double epsilon) implements LayerSpec {
  /** PyTorch's and fairseq's epsilon. */
  public static final double EPSILON = 1e-5;

  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name, or epsilon not finite
   *     and positive
   */
  public LayerNorm {
    Require.name(name);
    Require.that(
        epsilon > 0 && Double.isFinite(epsilon),
        name,
        "epsilon must be finite and positive",
        epsilon);
  }

  /**
   * Creates the description of a layer with {@link #EPSILON}.
   *
   * @param name its name
   */
  public LayerNorm(String name) {
    this(name, EPSILON);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    Shape shape = Require.one(name, inputs);
    Require.that(shape.numDimensions() >= 1, name, "expected an input of [..., width]", shape);
    return shape;
  }

  @Override
  public Layer layer(List<Shape> inputs) {
    Shape shape = output(inputs);
    return new Layer(
        name,
        ImmutableList.copyOf(Longs.asList(shape.asArray())),
        2 * shape.get(-1),
        Layer.Role.WIRING);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.OneToOne(0));
  }

  @Override
  public Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
    Shape width = Shape.of(output(inputs).get(-1));
    return new BuiltLayerNorm(
        epsilon,
        variables.add(name + "/gain", width, Variable.Role.NORMALIZATION, 1),
        variables.add(name + "/offset", width, Variable.Role.NORMALIZATION, 0));
  }

  private record BuiltLayerNorm(double epsilon, Variable gain, Variable offset)
      implements LayerSpec.Built {
    @Override
    public Called call(Pass pass, List<Value> inputs) {
      Ops tf = pass.tf();
      Value x = Iterables.getOnlyElement(inputs); // [batch, ..., width]
      Operand<TFloat32> rows = Rows.of(tf, x.floats()); // [rows, width]
      Operand<TFloat32> centred = tf.math.sub(rows, mean(tf, rows));
      Operand<TFloat32> variance = mean(tf, tf.math.square(centred)); // [rows, 1]
      Operand<TFloat32> scale = tf.math.rsqrt(tf.math.add(variance, tf.constant((float) epsilon)));
      Operand<TFloat32> normal = tf.math.mul(centred, scale);
      Operand<TFloat32> output = tf.math.add(tf.math.mul(normal, gain.read(tf)), offset.read(tf));
      return Called.of(x.with(Rows.restore(tf, output, x.floats())));
    }

    /* The gradient of a sum is cheaper than that of a mean, which divides at every element. */
    private Operand<TFloat32> mean(Ops tf, Operand<TFloat32> rows) {
      Operand<TInt32> last = tf.constant(1);
      return tf.math.mul(
          tf.reduceSum(rows, last, ReduceSum.keepDims(true)),
          tf.constant(1f / gain.shape().get(0)));
    }
  }
}
