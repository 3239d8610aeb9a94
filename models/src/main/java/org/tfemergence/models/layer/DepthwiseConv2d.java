package org.tfemergence.models.layer;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.variable.Variables;

/**
 * A depthwise convolution: a {@link Conv2d} with a group for each channel of its input, however
 * many those are. Its filters are ordered by channel.
 *
 * @param name its name; its variables are {@code NAME/kernel} [height, width, 1, channels *
 *     multiplier], {@code NAME/bias} [channels * multiplier], and those of the normalization
 * @param multiplier the number of filters for each channel, at least 1
 * @param window how the kernel slides over the map
 * @param bias whether it adds a bias
 * @param normalization what lies between the kernel and the activation function, if something does
 * @param activation its activation function
 */
public record DepthwiseConv2d(
    String name,
    int multiplier,
    Sliding window,
    Bias bias,
    Optional<BatchNorm> normalization,
    Activation activation)
    implements LayerSpec {
  /**
   * Creates the description of a layer.
   *
   * @throws IllegalArgumentException if TensorFlow does not accept the name or {@code multiplier <
   *     1}
   */
  public DepthwiseConv2d {
    Objects.requireNonNull(window, "window");
    Objects.requireNonNull(bias, "bias");
    Objects.requireNonNull(normalization, "normalization");
    Objects.requireNonNull(activation, "activation");
    Require.name(name);
    Require.that(multiplier >= 1, name, "multiplier must be at least 1", multiplier);
  }

  /**
   * Returns a convolution with a bias and one filter for each channel, at stride 1, whose output is
   * as large as its input.
   *
   * @param name its name
   * @param size the rows and columns of the kernel, at least 1
   * @param activation its activation function
   * @return the description
   * @throws IllegalArgumentException if TensorFlow does not accept the name, or {@code size < 1}
   */
  public static DepthwiseConv2d of(String name, int size, Activation activation) {
    return new DepthwiseConv2d(
        name, 1, Sliding.square(size, 1, Padding.SAME), Bias.ADDED, Optional.empty(), activation);
  }

  @Override
  public Shape output(List<Shape> inputs) {
    return convolution(inputs).output(inputs);
  }

  @Override
  public Layer layer(List<Shape> inputs) {
    return convolution(inputs).layer(inputs);
  }

  @Override
  public Optional<Wiring> wiring(int input, List<Shape> inputs) {
    return convolution(inputs).wiring(input, inputs);
  }

  @Override
  public int leastBatch(List<Shape> inputs) {
    return convolution(inputs).leastBatch(inputs);
  }

  @Override
  public Optional<Shape> kernel(List<Shape> inputs) {
    return convolution(inputs).kernel(inputs);
  }

  @Override
  public Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
    return convolution(inputs).build(variables, initializer, inputs);
  }

  private Conv2d convolution(List<Shape> inputs) {
    long channels = Require.map(name, inputs).get(2);
    Require.that(
        channels <= Integer.MAX_VALUE / multiplier,
        name,
        "expected less than 2^31 filters, " + multiplier + " for each channel",
        channels);
    return new Conv2d(
        name, (int) channels * multiplier, window, (int) channels, bias, normalization, activation);
  }
}
