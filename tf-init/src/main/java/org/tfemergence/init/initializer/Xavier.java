package org.tfemergence.init.initializer;

import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.init.plan.Fans;
import org.tfemergence.init.plan.Gain;

/**
 * Xavier, also Glorot, initialization (Glorot and Bengio 2010, equations 12 and 16).
 *
 * <pre>{@code
 * std = gain * sqrt(2 / (fan in + fan out))
 * }</pre>
 *
 * @param distribution what the values are drawn from
 * @param gain the gain of the layer's activation
 * @param seed the seed of the values
 */
public record Xavier(Distribution distribution, Gain gain, long seed) implements KernelInitializer {
  /** Refuses null. */
  public Xavier {
    Objects.requireNonNull(distribution, "distribution");
    Objects.requireNonNull(gain, "gain");
  }

  /**
   * Returns the uniform form with gain 1, as Keras and PyTorch default to.
   *
   * @param seed the seed
   * @return the initializer
   */
  public static Xavier uniform(long seed) {
    return new Xavier(Distribution.UNIFORM, Gain.linear(), seed);
  }

  /**
   * Returns the normal form with gain 1.
   *
   * @param seed the seed
   * @return the initializer
   */
  public static Xavier normal(long seed) {
    return new Xavier(Distribution.NORMAL, Gain.linear(), seed);
  }

  /**
   * Returns the same for layers of another activation function.
   *
   * @param other the gain of the layer's activation, such as {@link Gain#tanh()}
   * @return the initializer
   */
  public Xavier withGain(Gain other) {
    return new Xavier(distribution, other, seed);
  }

  @Override
  public double standardDeviation(Shape shape) {
    Fans fans = Fans.of(shape.asArray());
    return gain.value() * Math.sqrt(2.0 / (fans.in() + fans.out()));
  }

  @Override
  public Operand<TFloat32> call(Ops tf, Shape shape) {
    return distribution.draw(tf, shape, standardDeviation(shape), seed);
  }

  @Override
  public Xavier named(String variable) {
    return new Xavier(distribution, gain, Seeds.derive(seed, variable));
  }
}
