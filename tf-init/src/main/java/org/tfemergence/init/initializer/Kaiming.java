package org.tfemergence.init.initializer;

import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.init.plan.Fans;
import org.tfemergence.init.plan.Gain;

/**
 * Kaiming, also He, initialization (He et al., arXiv 1502.01852, equations 10 and 14).
 *
 * <pre>{@code
 * std = gain / sqrt(fan)
 * }</pre>
 *
 * @param distribution what the values are drawn from
 * @param mode which fan keeps its signal: the forward pass' or the backward pass'
 * @param gain the gain of the layer's activation
 * @param seed the seed of the values
 */
public record Kaiming(Distribution distribution, Mode mode, Gain gain, long seed)
    implements KernelInitializer {
  /** Refuses null. */
  public Kaiming {
    Objects.requireNonNull(distribution, "distribution");
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(gain, "gain");
  }

  /** Which fan the variance is scaled by. */
  public enum Mode {
    /** The fan-in, which keeps the size of activations. */
    FAN_IN,
    /** The fan-out, which keeps the size of gradients. */
    FAN_OUT
  }

  /**
   * Returns the normal form for rectifiers, by fan-in.
   *
   * @param seed the seed
   * @return the initializer
   */
  public static Kaiming normal(long seed) {
    return new Kaiming(Distribution.NORMAL, Mode.FAN_IN, Gain.relu(), seed);
  }

  /**
   * Returns the uniform form for rectifiers, by fan-in.
   *
   * @param seed the seed
   * @return the initializer
   */
  public static Kaiming uniform(long seed) {
    return new Kaiming(Distribution.UNIFORM, Mode.FAN_IN, Gain.relu(), seed);
  }

  /**
   * Returns the same for layers of another activation function.
   *
   * @param other the gain of the layer's activation, such as {@link Gain#tanh()}
   * @return the initializer
   */
  public Kaiming withGain(Gain other) {
    return new Kaiming(distribution, mode, other, seed);
  }

  @Override
  public double standardDeviation(Shape shape) {
    Fans fans = Fans.of(shape.asArray());
    return gain.value() / Math.sqrt((double) (mode == Mode.FAN_IN ? fans.in() : fans.out()));
  }

  @Override
  public Operand<TFloat32> call(Ops tf, Shape shape) {
    return distribution.draw(tf, shape, standardDeviation(shape), seed);
  }

  @Override
  public Kaiming named(String variable) {
    return new Kaiming(distribution, mode, gain, Seeds.derive(seed, variable));
  }
}
