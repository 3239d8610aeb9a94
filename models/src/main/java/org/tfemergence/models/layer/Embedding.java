package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/**
 * A table of vectors by token: token ids, int32 [batch, positions], become [batch, positions,
 * width], multiplied with the square root of the width (Vaswani et al., arXiv 1706.03762, section
 * 3.4). Which positions are real begins here: those whose id is not {@link #PADDING}.
 *
 * <p>The output at padding is zero, and its row of the table is zero and stays so: no gradient
 * reaches it, and neither momentum nor weight decay moves a zero. An initialization scheme draws
 * only the seed of the table's values, which are normal with standard deviation {@code width^-0.5}
 * as in fairseq.
 *
 * <p>Ids must be in [0, vocabulary), so the network's input must have a {@link InputSpec#limit}
 * that is at most that. On a CPU a run fails by another id, on a GPU it would be read as zeros: a
 * trainer checks its data, and so does whoever else feeds tokens.
 *
 * @param name its name; its variable is {@code NAME/table} [vocabulary, width]
 * @param vocabulary the number of ids, at least 2
 * @param width the length of the vectors, at least 1
 */
public record Embedding(String name, int vocabulary, int width) implements LayerSpec {
  /** The id that fills up the shorter sequences of a batch. */
  public static final int PADDING = 0;

  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name, {@code vocabulary <
   *     2}, {@code width < 1}, or the table has 2^31 values or more
   */
  public Embedding {
    Require.name(name);
    Require.that(vocabulary >= 2, name, "vocabulary must be at least 2", vocabulary);
    Require.that(width >= 1, name, "width must be at least 1", width);
    Require.size(table(name), Shape.of(vocabulary, width));
  }

  @Override
  public Shape output(List<Shape> inputs) {
    Shape shape = Require.one(name, inputs);
    Require.that(shape.numDimensions() == 1, name, "expected an input of [positions]", shape);
    return shape.append(width);
  }

  @Override
  public Layer layer(List<Shape> inputs) {
    return new Layer(
        name,
        ImmutableList.of(output(inputs).get(0), (long) width),
        (long) vocabulary * width,
        Layer.Role.COUNTED);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.empty();
  }

  @Override
  public OptionalInt idsBelow(int input) {
    return OptionalInt.of(vocabulary);
  }

  @Override
  public Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
    Variable table =
        variables.add(
            table(name),
            Shape.of(vocabulary, width),
            Variable.Role.EMBEDDING,
            init -> first(init, initializer));
    return new BuiltEmbedding(table, width);
  }

  private Operand<TFloat32> first(Ops tf, KernelInitializer scheme) {
    Operand<TFloat32> drawn = // of all tokens but padding, the first
        UnitNormal.of(tf, Shape.of(vocabulary - 1, width), scheme, table(name));
    Operand<TFloat32> values =
        tf.math.mul(drawn, tf.constant((float) (1 / Math.sqrt((double) width))));
    return tf.pad(values, tf.constant(new int[][] {{1, 0}, {0, 0}}), tf.constant(0f));
  }

  /** Returns the name of an embedding's variable. */
  static String table(String embedding) {
    return embedding + "/table";
  }

  /** Returns ones, [vocabulary], but zero at padding. */
  static Operand<TFloat32> notPadding(Ops tf, int vocabulary) {
    float[] ones = new float[vocabulary];
    Arrays.fill(ones, 1);
    ones[PADDING] = 0;
    return tf.constant(ones);
  }

  private record BuiltEmbedding(Variable table, int width) implements LayerSpec.Built {
    @Override
    public Called call(Pass pass, List<Value> inputs) {
      Ops tf = pass.tf();
      Operand<TInt32> ids = // [batch, positions]
          Iterables.getOnlyElement(inputs).tensor().asOutput().expect(TInt32.class);
      Operand<TBool> real = tf.math.notEqual(ids, tf.constant(PADDING));
      Operand<TFloat32> rows = // [batch, positions, width]
          tf.gather(table.read(tf), ids, tf.constant(0));
      Operand<TFloat32> scale = // [batch, positions], 0 at padding
          tf.math.mul(
              tf.dtypes.cast(real, TFloat32.class), tf.constant((float) Math.sqrt((double) width)));
      return Called.of(
          new Value(tf.math.mul(rows, tf.expandDims(scale, tf.constant(-1))), Optional.of(real)));
    }

    @Override
    public Optional<Weight> connections() {
      return Optional.of(table.weight());
    }
  }
}
