package org.tfemergence.init.initializer;

import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.init.plan.Fans;

/**
 * LeCun initialization (LeCun et al., "Efficient BackProp", 1998, equation 16), also the one of
 * self-normalizing networks (Klambauer et al., arXiv 1706.02515).
 *
 * <pre>{@code
 * std = 1 / sqrt(fan in)
 * }</pre>
 *
 * @param distribution what the values are drawn from
 * @param seed the seed of the values
 */
public record LeCun(Distribution distribution, long seed) implements KernelInitializer {
  /** Refuses null. */
  public LeCun {
    Objects.requireNonNull(distribution, "distribution");
  }

  /**
   * Returns the normal form.
   *
   * @param seed the seed
   * @return the initializer
   */
  public static LeCun normal(long seed) {
    return new LeCun(Distribution.NORMAL, seed);
  }

  /**
   * Returns the uniform form.
   *
   * @param seed the seed
   * @return the initializer
   */
  public static LeCun uniform(long seed) {
    return new LeCun(Distribution.UNIFORM, seed);
  }

  @Override
  public double standardDeviation(Shape shape) {
    return 1 / Math.sqrt((double) Fans.of(shape.asArray()).in());
  }

  @Override
  public Operand<TFloat32> call(Ops tf, Shape shape) {
    return distribution.draw(tf, shape, standardDeviation(shape), seed);
  }

  @Override
  public LeCun named(String variable) {
    return new LeCun(distribution, Seeds.derive(seed, variable));
  }
}
