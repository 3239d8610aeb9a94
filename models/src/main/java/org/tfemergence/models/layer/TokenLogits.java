package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * The projection of a sequence onto a vocabulary, without a bias: [positions, width] becomes a
 * logit for each token, [positions, vocabulary]. It has a kernel of its own or shares the table of
 * an {@link Embedding} (Press and Wolf, arXiv 1608.05859). Either is normal with standard deviation
 * {@code width^-0.5}, as in fairseq, and not drawn by an initialization scheme, but for its seed.
 *
 * <p>With a shared table, the logit of padding is zero whatever its row holds, as in the embedding,
 * and the row gets no gradient here either.
 *
 * @param name its name; its variable, if it has one, is {@code NAME/kernel} [width, vocabulary]
 * @param vocabulary the number of tokens, at least 2
 * @param shared the name of the embedding whose table it shares; empty if it has a kernel
 */
public record TokenLogits(String name, int vocabulary, Optional<String> shared)
    implements LayerSpec {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name or {@code vocabulary <
   *     2}
   */
  public TokenLogits {
    Objects.requireNonNull(shared, "shared");
    Require.name(name);
    Require.that(vocabulary >= 2, name, "vocabulary must be at least 2", vocabulary);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    Shape x = sequence(inputs); // [positions, width]
    if (shared.isPresent()) {
      Require.constant(name, Shape.of(vocabulary)); // which of them are padding
    } else {
      Require.size(name + "/kernel", Shape.of(x.get(1), vocabulary));
    }
    return Shape.of(x.get(0), vocabulary);
  }

  @Override
  public Layer layer(List<Shape> inputs) {
    return new Layer(
        name,
        ImmutableList.of(sequence(inputs).get(0), (long) vocabulary),
        shared.isPresent() ? 0 : sequence(inputs).get(1) * vocabulary,
        Layer.Role.COUNTED);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.PerPosition());
  }

  @Override
  public Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
    long width = sequence(inputs).get(1);
    if (shared.isPresent()) {
      Variable table = variables.get(Embedding.table(shared.get()));
      Shape expected = Shape.of(vocabulary, width);
      Require.that(
          table.shape().equals(expected), name, "expected a table of " + expected, table.shape());
      return new Shared(table, vocabulary);
    }
    Shape shape = Shape.of(width, vocabulary);
    String kernel = name + "/kernel";
    return new Owned(
        variables.add(
            kernel,
            shape,
            Variable.Role.KERNEL,
            init ->
                init.math.mul(
                    UnitNormal.of(init, shape, initializer, kernel),
                    init.constant((float) (1 / Math.sqrt((double) width))))));
  }

  private Shape sequence(List<Shape> inputs) {
    return Require.sequence(name, Require.one(name, inputs));
  }

  private record Owned(Variable weights) implements LayerSpec.Built {
    @Override
    public Called call(Pass pass, List<Value> inputs) {
      Ops tf = pass.tf();
      Value x = Iterables.getOnlyElement(inputs); // [batch, positions, width]
      Operand<TFloat32> logits = tf.linalg.matMul(Rows.of(tf, x.floats()), weights.read(tf));
      return Called.of(x.with(Rows.restore(tf, logits, x.floats())));
    }

    @Override
    public Optional<Variable> kernel() {
      return Optional.of(weights);
    }
  }

  private record Shared(Variable table, int vocabulary) implements LayerSpec.Built {
    @Override
    public Called call(Pass pass, List<Value> inputs) {
      Ops tf = pass.tf();
      Value x = Iterables.getOnlyElement(inputs); // [batch, positions, width]
      Operand<TFloat32> products = // [batch * positions, vocabulary]
          tf.linalg.matMul(Rows.of(tf, x.floats()), table.read(tf), MatMul.transposeB(true));
      Operand<TFloat32> logits = tf.math.mul(products, Embedding.notPadding(tf, vocabulary));
      return Called.of(x.with(Rows.restore(tf, logits, x.floats())));
    }

    @Override
    public Optional<Weight> connections() {
      return Optional.of(table.weight().transposed());
    }
  }
}
