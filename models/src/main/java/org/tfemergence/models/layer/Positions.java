package org.tfemergence.models.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variables;

/**
 * Adds to each position of a sequence what tells it from others: sines in the first half of the
 * channels, cosines in the second, of wave lengths from 2 pi to 2 pi 10,000. The layout is that of
 * fairseq and tensor2tensor, not the interleaved one of arXiv 1706.03762, section 3.5, of which it
 * is a permutation of channels.
 *
 * <pre>{@code
 * x[p, i]        + sin((first + p) 10000^(-i / (width/2 - 1)))    0 <= i < width/2
 * x[p, width/2+i] + cos((first + p) 10000^(-i / (width/2 - 1)))
 * }</pre>
 *
 * Positions count from the left of the sequence, so padding must stand at its right.
 *
 * @param name its name; it has no variables
 * @param first the number of the first position, at least 0. In fairseq it is 2: numbers begin
 *     behind the id of padding, which is 1 there
 */
public record Positions(String name, int first) implements LayerSpec {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name or {@code first < 0}
   */
  public Positions {
    Require.name(name);
    Require.that(first >= 0, name, "first must not be negative", first);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    Shape shape = Require.sequence(name, Require.one(name, inputs));
    long width = shape.get(1);
    Require.that(width >= 4 && width % 2 == 0, name, "width must be even and at least 4", width);
    Require.constant(name, shape);
    return shape;
  }

  @Override
  public Layer layer(List<Shape> inputs) {
    Shape shape = output(inputs);
    return Layer.wiring(name, ImmutableList.of(shape.get(0), shape.get(1)));
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return Optional.of(new Wiring.OneToOne(0));
  }

  @Override
  public Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
    Shape shape = output(inputs);
    float[][] waves = waves(Math.toIntExact(shape.get(0)), Math.toIntExact(shape.get(1)));
    return (pass, values) -> {
      Ops tf = pass.tf();
      Value x = Iterables.getOnlyElement(values); // [batch, positions, width]
      Operand<TInt32> positions = tf.gather(tf.shape(x.tensor()), tf.constant(1), tf.constant(0));
      Operand<TFloat32> part = // [positions, width]
          tf.slice(
              tf.constant(waves),
              tf.stack(List.of(pass.start(), tf.constant(0))),
              tf.stack(List.of(positions, tf.constant(-1))));
      return Called.of(x.with(tf.math.add(x.floats(), part)));
    };
  }

  /** Returns the sines and cosines, [positions, width]. */
  float[][] waves(int positions, int width) {
    int half = width / 2;
    float[][] waves = new float[positions][width];
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < half; i++) {
        double angle = ((double) first + p) * Math.pow(10_000, -i / (half - 1.0));
        waves[p][i] = (float) Math.sin(angle);
        waves[p][half + i] = (float) Math.cos(angle);
      }
    }
    return waves;
  }
}
