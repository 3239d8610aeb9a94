package org.tfemergence.init.initializer;

import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.Qr;
import org.tensorflow.types.TFloat32;
import org.tfemergence.init.plan.Fans;
import org.tfemergence.init.plan.Gain;

/**
 * Orthogonal initialization (Saxe et al., arXiv 1312.6120). The kernel, as a matrix of fan-in rows
 * and a column per output channel, has orthogonal columns of length gain; orthogonal rows where it
 * has fewer rows than columns. It is drawn evenly from all such matrices (Mezzadri,
 * math-ph/0609050, section 5).
 *
 * <pre>{@code
 * std = gain / sqrt(max(fan in, output channels))
 * }</pre>
 *
 * @param gain the gain of the layer's activation
 * @param seed the seed of the values
 */
public record Orthogonal(Gain gain, long seed) implements KernelInitializer {
  /** Refuses null. */
  public Orthogonal {
    Objects.requireNonNull(gain, "gain");
  }

  /**
   * Returns the form with gain 1.
   *
   * @param seed the seed
   * @return the initializer
   */
  public static Orthogonal of(long seed) {
    return new Orthogonal(Gain.linear(), seed);
  }

  /** Returns the root mean square of the values; the sum of their squares is not random. */
  @Override
  public double standardDeviation(Shape shape) {
    return gain.value() / Math.sqrt((double) Math.max(rows(shape), columns(shape)));
  }

  /*
   * The factor Q of a matrix of independent normal values is even among all orthogonal ones only if
   * R has a positive diagonal, which no algorithm promises: columns change their sign with it.
   */
  @Override
  public Operand<TFloat32> call(Ops tf, Shape shape) {
    long rows = rows(shape);
    long columns = columns(shape);
    Shape tall = Shape.of(Math.max(rows, columns), Math.min(rows, columns));
    Qr<TFloat32> factors = tf.linalg.qr(Distribution.NORMAL.draw(tf, tall, 1, seed));
    float length = (float) gain.value();
    Operand<TFloat32> sign =
        tf.select(
            tf.math.less(tf.linalg.tensorDiagPart(factors.r()), tf.constant(0f)),
            tf.constant(-length),
            tf.constant(length));
    Operand<TFloat32> values = tf.math.mul(factors.q(), sign);
    return tf.reshape(
        rows < columns ? tf.linalg.transpose(values, tf.constant(new int[] {1, 0})) : values,
        tf.constant(shape.asArray()));
  }

  @Override
  public Orthogonal named(String variable) {
    return new Orthogonal(gain, Seeds.derive(seed, variable));
  }

  private static long rows(Shape shape) {
    return Fans.of(shape.asArray()).in();
  }

  private static long columns(Shape shape) {
    return shape.get(-1);
  }
}
