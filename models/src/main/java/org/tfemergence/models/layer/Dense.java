package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.primitives.Longs;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * A densely connected layer, {@code activation(normalize(x kernel + bias))}. On inputs of
 * [positions..., width] it is applied at each position alike.
 *
 * @param name its name; its variables are {@code NAME/kernel} [inputs, units], {@code NAME/bias}
 *     [units], which starts at zero, and those of the normalization
 * @param units the number of units, at least 1
 * @param activation its activation function
 * @param normalization what lies between the kernel and the activation function, if something does
 */
public record Dense(
    String name, int units, Activation activation, Optional<BatchNorm> normalization)
    implements LayerSpec {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name or {@code units < 1}
   */
  public Dense {
    Objects.requireNonNull(activation, "activation");
    Objects.requireNonNull(normalization, "normalization");
    Require.name(name);
    Require.that(units >= 1, name, "units must be at least 1", units);
  }

  /**
   * Creates the description of a layer without normalization.
   *
   * @param name its name
   * @param units the number of units, at least 1
   * @param activation its activation function
   * @throws IllegalArgumentException if TensorFlow does not accept the name or {@code units < 1}
   */
  public Dense(String name, int units, Activation activation) {
    this(name, units, activation, Optional.empty());
  }

  /**
   * Returns this layer with a normalization.
   *
   * @param other what lies between the kernel and the activation function
   * @return the description
   */
  public Dense withNormalization(BatchNorm other) {
    return withNormalization(Optional.of(other));
  }

  /**
   * Returns this layer with or without a normalization.
   *
   * @param other what lies between the kernel and the activation function; empty for nothing
   * @return the description
   */
  public Dense withNormalization(Optional<BatchNorm> other) {
    return new Dense(name, units, activation, other);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    inputWidth(inputs);
    Shape shape = inputs.get(0);
    return shape.take(shape.numDimensions() - 1).append(units);
  }

  @Override
  public Layer layer(List<Shape> inputs) {
    return new Layer(
        name,
        ImmutableList.copyOf(Longs.asList(output(inputs).asArray())),
        (inputWidth(inputs) + 1) * units
            + normalization.map(norm -> norm.parameters(units)).orElse(0L),
        Layer.Role.COUNTED);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(
        inputs.get(0).numDimensions() == 1 ? new Wiring.Dense() : new Wiring.PerPosition());
  }

  @Override
  public int leastBatch(List<Shape> inputs) {
    return normalization.isPresent() ? BatchNorm.leastBatch(output(inputs)) : 1;
  }

  @Override
  public Optional<Shape> kernel(List<Shape> inputs) {
    return Optional.of(Shape.of(inputWidth(inputs), units));
  }

  @Override
  public Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
    Shape kernel = Shape.of(inputWidth(inputs), units);
    Shape bias = Shape.of(units);
    return new BuiltDense(
        this,
        variables.add(
            name + "/kernel", kernel, Variable.Role.KERNEL, init -> initializer.call(init, kernel)),
        variables.add(name + "/bias", bias, Variable.Role.BIAS, 0),
        normalization.map(norm -> norm.build(variables, name, units)));
  }

  private long inputWidth(List<Shape> inputs) {
    Shape shape = Require.one(name, inputs);
    Require.that(shape.numDimensions() >= 1, name, "expected an input of [..., width]", shape);
    return shape.get(-1);
  }

  private record BuiltDense(
      Dense description, Variable weights, Variable bias, Optional<BatchNorm.Built> norm)
      implements LayerSpec.Built {
    @Override
    public Called call(Pass pass, List<Value> inputs) {
      Ops tf = pass.tf();
      Value x = Iterables.getOnlyElement(inputs); // [batch, positions..., inputs]
      Operand<TFloat32> rows = Rows.of(tf, x.floats()); // [rows, inputs]
      Operand<TFloat32> sum = // [rows, units]
          tf.nn.biasAdd(tf.linalg.matMul(rows, weights.read(tf)), bias.read(tf));
      Operand<TFloat32> normalized = // [rows, units]
          norm.isPresent() ? norm.get().call(pass, x.with(sum)) : sum;
      Operand<TFloat32> output = description.activation().apply(tf, normalized);
      return new Called(
          x.with(Rows.restore(tf, output, x.floats())),
          norm.map(present -> Rows.restore(tf, sum, x.floats())));
    }

    @Override
    public Optional<Variable> kernel() {
      return Optional.of(weights);
    }
  }
}
