package org.tfemergence.models.layer;

import com.google.common.collect.Iterables;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Wiring;

/**
 * Dropout (Srivastava et al., JMLR 15, 2014), inverted: a training step sets each value to zero
 * with probability {@code rate} and divides the others by {@code 1 - rate}, so that the expectation
 * stays; otherwise the values pass as they are.
 *
 * <p>Which values are dropped follows from the pass' seed, the layer's name and the step alone.
 *
 * @param name its name
 * @param rate the probability that a value is dropped, in [0, 1)
 */
public record Dropout(String name, double rate) implements WiringLayer {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name, or the rate not in [0,
   *     1)
   */
  public Dropout {
    Require.name(name);
    Require.that(rate >= 0 && rate < 1, name, "rate must be in [0, 1)", rate);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    return Require.one(name, inputs);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.OneToOne(0));
  }

  @Override
  public Value call(Pass pass, List<Value> inputs) {
    Value x = Iterables.getOnlyElement(inputs);
    return x.with(dropped(pass, name, rate, x.floats()));
  }

  /** Drops values, if in training; which, follows from the pass, the use and the shape alone. */
  static Operand<TFloat32> dropped(Pass pass, String use, double rate, Operand<TFloat32> x) {
    if (!pass.training() || rate == 0) {
      return x;
    }
    Ops tf = pass.tf();
    Operand<TFloat32> draws = // in [0, 1), of the values' shape
        tf.random.statelessRandomUniform(tf.shape(x), pass.seed(use), TFloat32.class);
    Operand<TFloat32> kept =
        tf.dtypes.cast(tf.math.greaterEqual(draws, tf.constant((float) rate)), TFloat32.class);
    // The draws know the values' shape, through which no gradient shall look for a way.
    Operand<TFloat32> factors =
        tf.stopGradient(tf.math.mul(kept, tf.constant((float) (1 / (1 - rate)))));
    return tf.math.mul(x, factors);
  }
}
